import { HoldwaitError } from '../trace/index.ts';

/** What to simulate. All counts are whole numbers. */
export interface SimulateOptions {
  /** About how many events; what is planted comes whole, whatever it takes. */
  readonly events: number;
  readonly seed: number;
  /** Healthy tasks at work. */
  readonly tasks: number;
  /** What they share: locks, folio bits. */
  readonly resources: number;
  /** Deadlocks to plant. */
  readonly deadlocks: number;
  /** Length of the first of them; undefined: the seed decides, as for the others. */
  readonly ring: number | undefined;
  /** Cycles to plant that only the order of a queue closes. */
  readonly softCycles: number;
  /** What looks like a deadlock and is none. */
  readonly nearMisses: number;
  /** Incidents in which records are lost. */
  readonly losses: number;
  /** Tasks that queue for the lock of one folio. */
  readonly waiters: number;
  /** A wait is recorded when it has lasted this long; 0: at once. ns. */
  readonly lateNs: number;
}

export const DEFAULT_OPTIONS: SimulateOptions = {
  events: 1e6,
  seed: 1,
  tasks: 64,
  resources: 1024,
  deadlocks: 2,
  ring: undefined,
  softCycles: 0,
  nearMisses: 8,
  losses: 4,
  waiters: 8,
  lateNs: 0,
};

/** Smallest and largest value of each option. */
const LIMITS: Readonly<Record<keyof SimulateOptions, readonly [least: number, most: number]>> = {
  events: [1, 1e9],
  seed: [0, Number.MAX_SAFE_INTEGER],
  tasks: [1, 100_000],
  resources: [16, 4_000_000],
  deadlocks: [0, 100_000],
  ring: [1, 1_000_000],
  softCycles: [0, 100_000],
  nearMisses: [0, 100_000],
  losses: [0, 1_000_000],
  waiters: [0, 1_000_000],
  lateNs: [0, 60e9],
};

/** As they are called on the command line. */
const FLAGS: Readonly<Record<keyof SimulateOptions, string>> = {
  events: '--events',
  seed: '--seed',
  tasks: '--tasks',
  resources: '--resources',
  deadlocks: '--deadlocks',
  ring: '--ring',
  softCycles: '--soft',
  nearMisses: '--near-misses',
  losses: '--losses',
  waiters: '--waiters',
  lateNs: '--late',
};

/** @throws HoldwaitError (usage) OUT_OF_RANGE, RING_WITHOUT_DEADLOCK */
export function checkOptions(options: SimulateOptions): void {
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const key = name as keyof SimulateOptions;
    const value = options[key];
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      const message = `${FLAGS[key]} is ${value}; it can be ${formatLimits(key, least, most)}`;
      throw new HoldwaitError('usage', 'OUT_OF_RANGE', message, {
        hint: 'holdwait simulate --help lists what can be given',
      });
    }
  }
  if (options.ring !== undefined && options.deadlocks === 0) {
    throw new HoldwaitError(
      'usage',
      'RING_WITHOUT_DEADLOCK',
      'a ring is a deadlock, and none is to be planted',
      {
        hint: 'Leave --ring out, or --deadlocks 0.',
      },
    );
  }
}

function formatLimits(key: keyof SimulateOptions, least: number, most: number): string {
  const [from, to] = key === 'lateNs' ? [least / 1e6, `${most / 1e6} (ms)`] : [least, most];
  return `${from} to ${to}`;
}

/** More tasks than this are never planted for one small scenario. */
const SMALL_SCENARIO_TASKS = 16;

/** How many tasks can come to be at most, for numbers that are scattered as a busy machine's are. */
export function countTasks(options: SimulateOptions): number {
  const { tasks, waiters, ring, deadlocks, softCycles, nearMisses } = options;
  return tasks + waiters + 2 + (ring ?? 0) + SMALL_SCENARIO_TASKS * (deadlocks + softCycles + nearMisses);
}
