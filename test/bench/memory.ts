import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';
import { type Benchmark, type BenchRun, type Figure, makeFigure } from './benchmark.ts';
import { runTimed } from './run-timed.ts';

/** Whether memory grows with the length of a capture. */
export const memory: Benchmark = {
  name: 'memory',
  about: 'peak memory of analysing 100 million events; of 10 million',
  minutes: 10,
  optIn: true,
  run: async (bench) => [await compare(bench)],
};

const MIB = 2 ** 20;

async function compare(bench: BenchRun): Promise<Figure> {
  const { events, longEvents } = bench.sizes;
  const short = await measurePeak(bench, events);
  const long = await measurePeak(bench, longEvents);
  return makeFigure(
    {
      what: `peak memory of analysing ${longEvents.toLocaleString('en')} events`,
      against: `that of ${events.toLocaleString('en')}`,
      wanted: { atMost: 1.5 },
      measured: {
        'long, MiB': long.peakBytes / MIB,
        'short, MiB': short.peakBytes / MIB,
        'long, s': long.seconds,
        'short, s': short.seconds,
      },
    },
    [long.peakBytes / short.peakBytes],
  );
}

interface PeakMemory {
  readonly peakBytes: number;
  readonly seconds: number;
}

async function measurePeak(bench: BenchRun, events: number): Promise<PeakMemory> {
  const capture = await bench.simulated(events);
  bench.onProgress(`analysing ${events.toLocaleString('en')} events`);
  const { stdout, seconds } = await runTimed(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, 'print-peak.ts'),
      join(packageRoot(), 'src/cli/holdwait.js'),
      'analyze',
      capture,
      '--json',
    ],
    { accepted: [0, 1] },
  );
  return { peakBytes: Number(/^peak (\d+)$/m.exec(stdout)![1]), seconds };
}
