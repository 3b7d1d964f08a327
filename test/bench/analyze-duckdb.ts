import { join } from 'node:path';
import { type Benchmark, type BenchRun, type Figure, makeFigure } from './benchmark.ts';
import { summarise } from './median.ts';
import { runTimed, timeAnalysis } from './run-timed.ts';

const QUERIES = ['asof', 'numbered'] as const;

/** The whole analysis beside the least that any would do. Both sides start a process on a file that is in the cache. */
export const analyzeDuckdb: Benchmark = {
  name: 'analyze-duckdb',
  about: 'analyse an Arrow file; DuckDB pairs begins with ends and adds up the times',
  minutes: 3,
  run: async (bench) => [await compare(bench)],
};

interface Round {
  readonly analysis: number;
  readonly pairing: Readonly<Record<(typeof QUERIES)[number], number>>;
}

async function compare(bench: BenchRun): Promise<Figure> {
  const { events, repeats } = bench.sizes;
  const capture = await bench.simulated(events);
  const database = join(bench.folder, 'events.duckdb');
  bench.onProgress('loading the events into DuckDB');
  await runPairs('load', capture, database);
  const rounds: Round[] = [];
  for (let round = 1; round <= repeats; round++) {
    bench.onProgress(`round ${round} of ${repeats}`);
    const analysis = await timeAnalysis(capture);
    const [asof, numbered] = [
      await runPairs('pair', database, 'asof'),
      await runPairs('pair', database, 'numbered'),
    ];
    rounds.push({ analysis, pairing: { asof, numbered } });
  }
  return makeFigure(
    {
      what: `analyse ${events.toLocaleString('en')} events from Arrow`,
      against: 'DuckDB pairing begin and end, the faster of two queries (time / time)',
      wanted: { below: 1 },
      measured: {
        'analysis, s': summarise(rounds.map(({ analysis }) => analysis)),
        'DuckDB by ASOF JOIN, s': summarise(rounds.map(({ pairing }) => pairing.asof)),
        'DuckDB by row_number, s': summarise(rounds.map(({ pairing }) => pairing.numbered)),
      },
    },
    rounds.map(({ analysis, pairing }) => analysis / Math.min(...QUERIES.map((query) => pairing[query]))),
  );
}

/** Seconds, the start of the process included. */
async function runPairs(...args: string[]): Promise<number> {
  const program = join(import.meta.dirname, 'duckdb-pairs.ts');
  return (await runTimed(process.execPath, [program, ...args])).seconds;
}
