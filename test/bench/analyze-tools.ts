import { statSync } from 'node:fs';
import { join } from 'node:path';
import { startGuest, type TestGuest } from '../e2e/lab-fixture.ts';
import { type Benchmark, type BenchRun, type Figure, makeFigure, type SkippedFigure } from './benchmark.ts';
import { fetchFile, findProgram, putPrograms } from './guest-programs.ts';
import { summarise } from './median.ts';
import { runTimed, timeAnalysis } from './run-timed.ts';

/**
 * Events a second beside the readers that people have: traces of the scheduler, recorded in a guest and read on this
 * machine, where holdwait runs as well. What they print goes to /dev/null.
 */
export const analyzeTools: Benchmark = {
  name: 'analyze-tools',
  about: 'analyse an Arrow file; perf sched timehist and trace-cmd report on recordings of a guest',
  minutes: 4,
  run: compareTools,
};

interface Tool {
  readonly name: string;
  readonly program: string;
  /** Debian's package of it. */
  readonly package: string;
  readonly file: string;
  record(run: string, workload: string): string;
  readonly report: readonly string[];
  /** How many events there are, from what the recording said or the report printed. */
  countEvents(said: string, reportLines: number): number;
}

const EVENTS = ['switch', 'wakeup', 'waking', 'stat_runtime'];
const RECORD_TIMEOUT_MS = 900_000;
/** Of a round trip through a pair of pipes: two switches with what belongs to them. */
const EVENTS_PER_ROUND_TRIP = 7.8;
const GUEST_FOLDER = '/tmp';
const MEBI = 2 ** 20;

const TOOLS: readonly Tool[] = [
  {
    name: 'perf sched timehist',
    program: 'perf',
    package: 'linux-perf',
    file: 'perf.data',
    record: (run, workload) => `${run} sched record -m 2048 -o ${GUEST_FOLDER}/perf.data -- ${workload}`,
    report: ['sched', 'timehist', '-i'],
    countEvents: (said) => Number(/\((\d+) samples\)/.exec(said)![1]),
  },
  {
    name: 'trace-cmd report',
    program: 'trace-cmd',
    package: 'trace-cmd',
    file: 'trace.dat',
    record: (run, workload) => {
      const events = EVENTS.map((event) => `-e sched:sched_${event}`).join(' ');
      return `${run} record -q -b 65536 ${events} -o ${GUEST_FOLDER}/trace.dat ${workload}`;
    },
    report: ['report', '-i'],
    countEvents: (_, reportLines) => reportLines,
  },
];

async function compareTools(bench: BenchRun): Promise<readonly (Figure | SkippedFigure)[]> {
  const missing = TOOLS.filter(({ program }) => findProgram(program) === undefined);
  if (findProgram('perf') === undefined) {
    return missing.map(skip);
  }
  const present = TOOLS.filter((tool) => !missing.includes(tool));
  const recordings = await recordAll(bench, present);
  const capture = await bench.simulated(bench.sizes.recordedEvents);
  const figures: Figure[] = [];
  for (const recording of recordings) {
    figures.push(await compare(bench, recording, capture));
  }
  return [...figures, ...missing.map(skip)];
}

function skip({ name, package: debianPackage }: Tool): SkippedFigure {
  const skipped = `it is not installed here: apt-get install linux-perf ${debianPackage}`;
  return { what: 'analyse, events a second', against: name, skipped };
}

interface Recording {
  readonly tool: Tool;
  readonly path: string;
  readonly events: number;
}

async function recordAll(bench: BenchRun, tools: readonly Tool[]): Promise<readonly Recording[]> {
  bench.onProgress('booting a guest');
  const guest = await startGuest('bench', { disks: [] });
  try {
    const programs = tools.map(({ program }) => findProgram(program)!);
    const command = await putPrograms(guest, programs);
    const recordings: Recording[] = [];
    for (const tool of tools) {
      recordings.push(await record(bench, guest, tool, command));
    }
    return recordings;
  } finally {
    await guest.stop();
  }
}

async function record(
  { sizes, folder, onProgress }: BenchRun,
  guest: TestGuest,
  tool: Tool,
  command: (name: string) => string,
): Promise<Recording> {
  onProgress(`recording about ${sizes.recordedEvents.toLocaleString('en')} events for ${tool.name}`);
  const roundTrips = Math.ceil(sizes.recordedEvents / EVENTS_PER_ROUND_TRIP);
  // A shell of its own, as the recorders run programs and not assignments.
  const workload = `sh -c '${command('perf')} bench sched pipe -l ${roundTrips}'`;
  const said = await guest.run(`${tool.record(command(tool.program), workload)} 2>&1`, {
    timeoutMs: RECORD_TIMEOUT_MS,
  });
  const path = join(folder, tool.file);
  await fetchFile(guest, `${GUEST_FOLDER}/${tool.file}`, path);
  await guest.run(`rm ${GUEST_FOLDER}/${tool.file}`);
  const { stdout } = await runTimed(findProgram(tool.program)!, [...tool.report, path]);
  return { tool, path, events: tool.countEvents(said, stdout.split('\n').length) };
}

async function compare(
  { sizes, onProgress }: BenchRun,
  recording: Recording,
  capture: string,
): Promise<Figure> {
  const { tool, path, events } = recording;
  const rounds = [];
  for (let round = 1; round <= sizes.repeats; round++) {
    onProgress(`${tool.name}, round ${round} of ${sizes.repeats}`);
    const report = await runTimed(findProgram(tool.program)!, [...tool.report, path], { discard: true });
    rounds.push({
      ours: sizes.recordedEvents / (await timeAnalysis(capture)),
      theirs: events / report.seconds,
    });
  }
  return makeFigure(
    {
      what: 'analyse, events a second',
      against: tool.name,
      wanted: { atLeast: 10 },
      measured: {
        'analysis, events/s': summarise(rounds.map(({ ours }) => ours)),
        'events analysed': sizes.recordedEvents,
        'size, MiB': statSync(capture).size / MEBI,
        [`${tool.name}, events/s`]: summarise(rounds.map(({ theirs }) => theirs)),
        'events recorded': events,
        'size of the recording, MiB': statSync(path).size / MEBI,
      },
    },
    rounds.map(({ ours, theirs }) => ours / theirs),
  );
}
