import {
  DEFAULT_OPTIONS,
  type SimulateOptions,
  Simulation,
  type Truth,
} from '../../../src/simulate/index.ts';
import {
  concatColumns,
  type EventColumns,
  type Loss,
  sliceColumns,
  sortColumns,
  type Trace,
  type TraceSource,
} from '../../../src/trace/index.ts';

/** Small, so that many can be looked at. */
const SMALL: SimulateOptions = { ...DEFAULT_OPTIONS, events: 1000, tasks: 16, resources: 200 };

export interface Simulated {
  readonly trace: Trace;
  /** In order of arrival. */
  readonly arrived: EventColumns;
  readonly truth: Truth;
}

/** A whole simulation in memory. */
export function simulateTrace(options: Partial<SimulateOptions>): Simulated {
  const simulation = new Simulation({ ...SMALL, ...options });
  const parts: EventColumns[] = [];
  const losses: Loss[] = [];
  for (const batch of simulation.batches()) {
    parts.push(batch.events);
    losses.push(...batch.losses);
  }
  const arrived = concatColumns(parts);
  const { tasks, resources, stacks } = simulation.builder;
  const info = simulation.info();
  const tables = { tasks, resources, stacks };
  return {
    trace: { info, events: sortColumns(arrived), ...tables, losses, attachments: [], endNs: info.endNs! },
    arrived,
    truth: simulation.truth(),
  };
}

/** The same as it is read from a file: in order of arrival, `batchEvents` at a time, from its start as often as asked. */
export function simulatedSource(options: Partial<SimulateOptions>, batchEvents: number): TraceSource {
  return {
    open: () => {
      const { trace, arrived } = simulateTrace(options);
      return {
        tables: trace,
        batches: async function* () {
          for (let from = 0; from < arrived.length; from += batchEvents) {
            yield sliceColumns(arrived, from, Math.min(arrived.length, from + batchEvents));
          }
        },
        rest: () => trace,
      };
    },
  };
}
