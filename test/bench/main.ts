import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { analyzeDuckdb } from './analyze-duckdb.ts';
import { analyzeRead } from './analyze-read.ts';
import { analyzeTools } from './analyze-tools.ts';
import type { Benchmark, BenchSizes, Figure, SkippedFigure } from './benchmark.ts';
import { captureCost } from './capture-cost.ts';
import { describeMachine } from './machine.ts';
import { memory } from './memory.ts';
import { pageFrames } from './page-frames.ts';
import { renderFigures } from './print-figures.ts';
import { createSimulatedCaptures } from './simulated-captures.ts';
import { store } from './store-cost.ts';
import { watchVerdict } from './watch-verdict.ts';

const BENCHMARKS: readonly Benchmark[] = [
  store,
  analyzeDuckdb,
  analyzeRead,
  analyzeTools,
  captureCost,
  watchVerdict,
  pageFrames,
  memory,
];

const USAGE = `usage: npm run bench -- [--only NAMES] [--repeats N] [--events N] [--recorded-events N] [--long-events N]
                        [--scripts NAMES] [--bpf-tools FOLDER] [--dir FOLDER] [--json] [--list]
NAMES, with commas between them; the beginning of a name is enough:
${BENCHMARKS.map(describe).join('\n')}`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    repeats: { type: 'string', default: '3' },
    events: { type: 'string', default: '10000000' },
    'recorded-events': { type: 'string', default: '500000' },
    'long-events': { type: 'string', default: '100000000' },
    scripts: { type: 'string', default: 'default' },
    'bpf-tools': { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const sizes = readSizes();
  const chosen = choose(values.only);
  if (values.help || values.list || sizes === undefined || chosen === undefined) {
    console.error(USAGE);
    process.exitCode = values.help || values.list ? 0 : 2;
    return;
  }
  const folder = mkdtempSync(join(values.dir, 'holdwait-bench-'));
  try {
    const figures = await runAll(chosen, sizes, folder);
    const machine = describeMachine();
    console.log(
      values.json ? JSON.stringify({ machine, sizes, figures }) : renderFigures(machine, figures.flat()),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(
  chosen: readonly Benchmark[],
  sizes: BenchSizes,
  folder: string,
): Promise<(Figure | SkippedFigure)[]> {
  const simulated = createSimulatedCaptures(folder, say);
  const figures: (Figure | SkippedFigure)[] = [];
  for (const benchmark of chosen) {
    const beganMs = performance.now();
    const onProgress = (text: string) => say(`${benchmark.name}: ${text}`);
    try {
      figures.push(...(await benchmark.run({ sizes, folder, simulated, onProgress })));
    } catch (error) {
      const skipped = error instanceof Error ? error.message : String(error);
      figures.push({ what: benchmark.name, against: benchmark.about, skipped });
    }
    onProgress(`took ${((performance.now() - beganMs) / 60_000).toFixed(1)} min`);
  }
  return figures;
}

/** With the minutes since the start. */
function say(text: string): void {
  console.error(`${(performance.now() / 60_000).toFixed(1).padStart(5)}  ${text}`);
}

/** undefined = a name that is none. */
function choose(only: string | undefined): readonly Benchmark[] | undefined {
  if (only === undefined) {
    return BENCHMARKS.filter(({ optIn }) => !optIn);
  }
  const parts = only.split(',');
  const known = parts.every((part) => BENCHMARKS.some(({ name }) => name.startsWith(part)));
  return known ? BENCHMARKS.filter(({ name }) => parts.some((part) => name.startsWith(part))) : undefined;
}

/** undefined = one is no positive integer. */
function readSizes(): BenchSizes | undefined {
  const sizes = {
    repeats: Number(values.repeats),
    events: Number(values.events),
    recordedEvents: Number(values['recorded-events']),
    longEvents: Number(values['long-events']),
  };
  const whole = Object.values(sizes).every((size) => Number.isSafeInteger(size) && size > 0);
  return whole ? { ...sizes, scripts: values.scripts, bpfTools: values['bpf-tools'] } : undefined;
}

function describe({ name, about, minutes, optIn }: Benchmark): string {
  const when = optIn ? ', only when named' : '';
  return `  ${name.padEnd(16)} ${about} (about ${minutes} min${when})`;
}

await main();
