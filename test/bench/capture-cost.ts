import { readLabState } from '../../src/lab/lab-state.ts';
import { startGuest, type TestGuest } from '../e2e/lab-fixture.ts';
import { type Benchmark, type BenchRun, type Figure, makeFigure, type SkippedFigure } from './benchmark.ts';
import { readCpuSeconds } from './cpu-seconds.ts';
import {
  CAPTURE,
  type CaptureTally,
  captureTracer,
  describeTally,
  type GuestTracer,
  putBpfTools,
} from './guest-tracers.ts';
import { type GuestWorkload, prepareWorkloads, timeWorkload } from './guest-workloads.ts';
import { summarise } from './median.ts';

/** What a capture at the default threshold costs in a guest, beside no tracer and beside tracers that people use. */
export const captureCost: Benchmark = {
  name: 'capture-cost',
  about: 'workloads in a guest under capture; bare, and under offcputime, klockstat, biosnoop',
  minutes: 12,
  run: compareTracers,
};

/** Of one workload under one tracer. */
interface Cost {
  /** By the guest's clock. */
  readonly seconds: number;
  /** Of the guest's CPUs on this machine: what else runs here does not count. */
  readonly cpuSeconds: number;
}

/** Tracer → workload → cost. */
type Round = ReadonlyMap<string, ReadonlyMap<string, Cost>>;

const BARE: GuestTracer = { name: 'bare', start: async () => async () => {} };

async function compareTracers(bench: BenchRun): Promise<readonly (Figure | SkippedFigure)[]> {
  const { onProgress, sizes } = bench;
  onProgress('booting a guest');
  const guest = await startGuest('bench');
  try {
    onProgress('preparing the workloads');
    const workloads = await prepareWorkloads(guest);
    const tally: CaptureTally = { events: 0, losses: [] };
    const capture = captureTracer(guest, bench.folder, sizes.scripts, tally);
    onProgress('trying the other tracers');
    const { tracers: others, unusable } = await putBpfTools(guest, sizes.bpfTools);
    await runWorkloads(guest, BARE, workloads, (text) => onProgress(`warming up: ${text}`));
    const rounds: Round[] = [];
    for (let round = 1; round <= sizes.repeats; round++) {
      const costs = new Map<string, ReadonlyMap<string, Cost>>();
      for (const tracer of [BARE, capture, ...others]) {
        const say = (text: string) =>
          onProgress(`round ${round} of ${sizes.repeats}: ${tracer.name}: ${text}`);
        costs.set(tracer.name, await runWorkloads(guest, tracer, workloads, say));
      }
      rounds.push(costs);
    }
    const about = {
      kernel: (await guest.run('uname -r')).trim(),
      bpftrace: (await guest.run('bpftrace --version')).trim(),
      captures: describeTally(tally),
    };
    return workloads.flatMap(({ name }) => describeWorkload(name, rounds, about, unusable));
  } finally {
    await guest.stop();
  }
}

async function runWorkloads(
  guest: TestGuest,
  tracer: GuestTracer,
  workloads: readonly GuestWorkload[],
  say: (text: string) => void,
): Promise<ReadonlyMap<string, Cost>> {
  const { pid } = readLabState(guest.name).qemu;
  say('starting');
  const stop = await tracer.start();
  const costs = new Map<string, Cost>();
  try {
    for (const workload of workloads) {
      say(workload.name);
      const before = readCpuSeconds(pid);
      const seconds = await timeWorkload(guest, workload);
      costs.set(workload.name, { seconds, cpuSeconds: readCpuSeconds(pid) - before });
    }
  } finally {
    await stop();
  }
  return costs;
}

function describeWorkload(
  workload: string,
  rounds: readonly Round[],
  about: Readonly<Record<string, string>>,
  unusable: ReadonlyMap<string, string>,
): readonly (Figure | SkippedFigure)[] {
  const others = [...rounds[0]!.keys()].filter((name) => name !== BARE.name && name !== CAPTURE);
  return [
    compare(workload, BARE.name, rounds, about),
    ...others.map((name) => compare(workload, name, rounds, {})),
    ...Array.from(unusable, ([name, skipped]) => ({
      what: `${workload} under capture`,
      against: `under ${name}`,
      skipped,
    })),
  ];
}

function compare(
  workload: string,
  tracer: string,
  rounds: readonly Round[],
  about: Readonly<Record<string, string>>,
): Figure {
  const costsOf = (name: string) => rounds.map((round) => round.get(name)!.get(workload)!);
  const [bare, ours, theirs] = [costsOf(BARE.name), costsOf(CAPTURE), costsOf(tracer)];
  const toBare = (costs: readonly Cost[]) =>
    summarise(costs.map(({ seconds }, i) => seconds / bare[i]!.seconds));
  return makeFigure(
    {
      what: `${workload} under capture`,
      against: tracer === BARE.name ? 'without' : `under ${tracer}`,
      wanted: tracer === BARE.name ? { atMost: 1.05 } : { below: 1 },
      measured: {
        'under capture, s': summarise(ours.map(({ seconds }) => seconds)),
        [`${tracer}, s`]: summarise(theirs.map(({ seconds }) => seconds)),
        ...(tracer !== BARE.name && { [`${tracer} / bare`]: toBare(theirs) }),
        'CPU time of the guest, ratio': summarise(
          ours.map(({ cpuSeconds }, i) => cpuSeconds / theirs[i]!.cpuSeconds),
        ),
        ...about,
      },
    },
    ours.map(({ seconds }, i) => seconds / theirs[i]!.seconds),
  );
}
