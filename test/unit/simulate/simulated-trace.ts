import {
  DEFAULT_OPTIONS,
  type SimulateOptions,
  Simulation,
  type Truth,
} from '../../../src/simulate/index.ts';
import {
  type EventColumns,
  EventColumnsBuilder,
  type Loss,
  sortColumns,
  type Trace,
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
  const events = new EventColumnsBuilder();
  const losses: Loss[] = [];
  for (const batch of simulation.batches()) {
    pushAll(events, batch.events);
    losses.push(...batch.losses);
  }
  const arrived = events.take();
  const { tasks, resources, stacks } = simulation.builder;
  const info = simulation.info();
  const tables = { tasks, resources, stacks };
  return {
    trace: { info, events: sortColumns(arrived), ...tables, losses, attachments: [], endNs: info.endNs! },
    arrived,
    truth: simulation.truth(),
  };
}

function pushAll(to: EventColumnsBuilder, from: EventColumns): void {
  for (let i = 0; i < from.length; i++) {
    to.push({
      type: from.type[i]!,
      tsNs: from.tsNs[i]!,
      tid: from.tid[i]!,
      resource: from.resource[i]!,
      stack: from.stack[i]!,
      holderTid: from.holderTid[i]!,
      evidence: from.evidence[i]!,
      mode: from.mode[i]!,
      fn: from.fn[i]!,
      sizeBytes: from.sizeBytes[i]!,
      gfp: from.gfp[i]!,
    });
  }
}
