import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { formatCount, formatDuration, formatPlural } from '../../report/format.ts';
import { DEFAULT_OPTIONS, type SimulateOptions, Simulation, type Truth } from '../../simulate/index.ts';
import { readHead } from '../../store/output-file.ts';
import { type CaptureInfo, fileError, HoldwaitError, type TraceSink } from '../../trace/index.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { withInterrupt } from '../shared/interrupt.ts';
import { parseCount, parseDurationNs } from '../shared/options.ts';
import { printJson, printNote } from '../shared/output.ts';
import { createProgress, type Progress } from '../shared/progress.ts';
import { refuseStdout } from '../shared/write-output.ts';

interface SimulateFlags {
  readonly events: number;
  readonly seed: number;
  readonly output: string;
  readonly truth?: string;
  readonly tasks: number;
  readonly resources: number;
  readonly deadlocks: number;
  readonly ring?: number;
  readonly soft: number;
  readonly nearMisses: number;
  readonly losses: number;
  readonly waiters: number;
  readonly late: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** How a truth begins, so that --force replaces nothing else. */
const TRUTH_START = '{"cycles":[';

/** `holdwait simulate --events N -o FILE`: a trace of a kernel that never was, and what is true of it. */
export function registerSimulate(program: Command): void {
  const defaults = DEFAULT_OPTIONS;
  const command = program
    .command('simulate')
    .description(
      'write the trace of a simulated kernel whose deadlocks are known, for tests and measurements',
    )
    .option('--events <n>', 'about how many events', parseAmount, defaults.events)
    .option('--seed <n>', 'what makes one simulation differ from another', parseCount, defaults.seed)
    .requiredOption('-o, --output <file>', 'what to write: .ndjson, .arrow, otherwise a SQLite capture')
    .option('--truth <file>', 'write the cycles that are in it, and what else is known, as JSON')
    .option('--tasks <n>', 'healthy tasks at work', parseAmount, defaults.tasks)
    .option('--resources <n>', 'locks and folio bits that they share', parseAmount, defaults.resources)
    .option('--deadlocks <n>', 'deadlocks of any shape to plant', parseAmount, defaults.deadlocks)
    .option('--ring <length>', 'length of the first of them, a plain ring', parseAmount)
    .option('--soft <n>', 'cycles to plant that only a queue closes', parseAmount, defaults.softCycles)
    .option('--near-misses <n>', 'what only looks like a deadlock', parseAmount, defaults.nearMisses)
    .option('--losses <n>', 'incidents in which records are lost', parseAmount, defaults.losses)
    .option('--waiters <n>', 'tasks that queue for one folio', parseAmount, defaults.waiters)
    .option('--late <ms>', 'record waits only when they have lasted this long', parseLateNs, defaults.lateNs)
    .option('--force', 'replace what was written there before')
    .option('--json', 'print one object for programs')
    .action((flags: SimulateFlags) => withInterrupt((signal) => simulate(flags, signal)));
  addNotes(command, {
    paragraphs: [
      'N may be written 1000000, 1_000_000, 1e6, 500k or 1M. The same options and seed give the same events.',
    ],
  });
  addExamples(command, [
    [
      'holdwait simulate --events 10k --seed 7 -o small.ndjson --truth truth.json',
      'a small one, and what is true of it',
    ],
    ['holdwait analyze small.ndjson', 'what is found in it'],
    [
      'holdwait simulate --events 100M --seed 1 --resources 1M -o large.arrow',
      'a large one, written in constant memory',
    ],
    ['holdwait simulate --events 100k --deadlocks 1 --ring 10k -o ring.db', 'a cycle of 10,000 tasks'],
    [
      'holdwait simulate --events 1M --deadlocks 0 --near-misses 100 -o healthy.arrow',
      'nothing must be found',
    ],
    ['holdwait simulate --events 50k --late 10 -o late.ndjson', 'short waits left out, as by a threshold'],
  ]);
}

async function simulate(flags: SimulateFlags, signal: AbortSignal): Promise<void> {
  refuseStdout(flags.output);
  const simulation = new Simulation(toOptions(flags));
  prepareTruth(flags);
  const sink = await openSink(flags, simulation.info());
  const progress = createProgress();
  try {
    progress.step(`simulating ${formatPlural(flags.events, 'event')}`);
    await writeBatches(simulation, sink, flags.events, progress, signal);
  } finally {
    progress.end();
  }
  const truth = simulation.truth();
  if (flags.truth !== undefined) {
    writeTruth(flags.truth, truth);
  }
  report(flags, truth);
}

/** Closes the sink, too; also after an error. */
async function writeBatches(
  simulation: Simulation,
  sink: TraceSink,
  totalEvents: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  let endReason = 'interrupted';
  try {
    for (const batch of simulation.batches()) {
      sink.write(batch, simulation.builder);
      const share = simulation.eventCount / totalEvents;
      progress.detail(`${formatCount(simulation.eventCount)} written`, { share });
      await setImmediate();
      signal.throwIfAborted();
    }
    endReason = 'events';
  } finally {
    await sink.close({ ...simulation.info(), endReason });
  }
}

function toOptions({ soft, late, ...flags }: SimulateFlags): SimulateOptions {
  return { ...flags, ring: flags.ring, softCycles: soft, lateNs: late };
}

/** Only the format that is asked for is loaded. */
async function openSink({ output, force }: SimulateFlags, info: CaptureInfo): Promise<TraceSink> {
  const options = { overwrite: force };
  switch (extname(output).toLowerCase()) {
    case '.ndjson':
      return (await import('../../store/ndjson-sink.ts')).openNdjsonSink(output, info, options);
    case '.arrow':
    case '.arrows':
      return (await import('../../store/arrow-sink.ts')).openArrowSink(output, info, options);
    default:
      return (await import('../../store/sqlite-sink.ts')).openSqliteSink(output, info, options);
  }
}

function prepareTruth({ truth, output, force }: SimulateFlags): void {
  if (truth === undefined) {
    return;
  }
  const hint = 'Name another file with --truth.';
  if (resolve(truth) === resolve(output)) {
    throw new HoldwaitError('usage', 'SAME_FILE', `${truth} cannot be both the events and the truth`, {
      hint,
    });
  }
  try {
    const head = readHead(truth);
    if (head === undefined || head.length === 0) {
      accessSync(dirname(resolve(truth)), constants.W_OK);
    } else if (!force || head.toString('latin1', 0, TRUTH_START.length) !== TRUTH_START) {
      const fault = force ? 'is not a truth that holdwait wrote' : 'exists already';
      throw new HoldwaitError('usage', 'OUTPUT_EXISTS', `${truth} ${fault}`, {
        hint: force ? hint : 'Name another file with --truth, or add --force.',
      });
    }
  } catch (error) {
    throw fileError(truth, error);
  }
}

function writeTruth(path: string, truth: Truth): void {
  try {
    writeFileSync(path, `${JSON.stringify(truth)}\n`);
  } catch (error) {
    throw fileError(path, error);
  }
}

function report({ output, truth: truthFile, seed, json }: SimulateFlags, truth: Truth): void {
  const { cycles, soft, ...rest } = truth;
  if (json) {
    printJson({ output, truth: truthFile, seed, cycles: cycles.length, soft: soft.length, ...rest });
  }
  const { events, endNs, openWaits, losses } = truth;
  const parts = [
    `${formatPlural(events, 'event')} in ${formatDuration(endNs)}`,
    formatPlural(cycles.length, 'cycle'),
    formatPlural(openWaits, 'open wait'),
    `${formatPlural(losses, 'record')} lost`,
  ];
  printNote(`${output}: ${parts.join(', ')}`);
}

const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

/** `1000000`, `1_000_000`, `1e6`, `500k`, `1.5M` → a whole number of 0 or more. */
function parseAmount(text: string): number {
  const match = /^(\d+(?:_\d+)*(?:\.\d+)?(?:e\d{1,2})?)([kMG]?)$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]!.replaceAll('_', '')) * FACTORS[match[2]!]!;
  if (!Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('A whole number is needed: 1000000, 1_000_000, 1e6, 500k or 1M.');
  }
  return value;
}

/** A bare number is ms. */
function parseLateNs(text: string): number {
  return parseDurationNs(/^\d+(\.\d+)?$/.test(text) ? `${text}ms` : text);
}
