import { type Benchmark, type BenchRun, type Figure, makeFigure } from './benchmark.ts';
import { summarise } from './median.ts';
import { runTimed, timeAnalysis } from './run-timed.ts';

/** How far the analysis is from the least that reading the file can take. */
export const analyzeRead: Benchmark = {
  name: 'analyze-read',
  about: 'analyse an Arrow file; cat FILE >/dev/null',
  minutes: 2,
  run: async (bench) => [await compare(bench)],
};

async function compare(bench: BenchRun): Promise<Figure> {
  const { events, repeats } = bench.sizes;
  const capture = await bench.simulated(events);
  const rounds = [];
  for (let round = 1; round <= repeats; round++) {
    bench.onProgress(`round ${round} of ${repeats}`);
    await dropFromCache(capture);
    const coldRead = await timeRead(capture);
    const read = await timeRead(capture);
    const analysis = await timeAnalysis(capture);
    rounds.push({ coldRead, read, analysis });
  }
  return makeFigure(
    {
      what: `analyse ${events.toLocaleString('en')} events from Arrow`,
      against: 'cat FILE >/dev/null, the file in the cache (time / time)',
      wanted: { atMost: 10 },
      measured: {
        'analysis, s': summarise(rounds.map(({ analysis }) => analysis)),
        'reading, s': summarise(rounds.map(({ read }) => read)),
        'reading from the disk, s': summarise(rounds.map(({ coldRead }) => coldRead)),
        'analysis / reading from the disk': summarise(rounds.map((round) => round.analysis / round.coldRead)),
      },
    },
    rounds.map(({ analysis, read }) => analysis / read),
  );
}

async function timeRead(path: string): Promise<number> {
  return (await runTimed('cat', [path], { discard: true })).seconds;
}

async function dropFromCache(path: string): Promise<void> {
  await runTimed('sync', [path]);
  await runTimed('dd', [`if=${path}`, 'iflag=nocache', 'count=0']);
}
