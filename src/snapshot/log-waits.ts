import { LogImporter, plainName } from '../import/index.ts';
import {
  EVIDENCES,
  EventCode,
  type Evidence,
  MODES,
  type Mode,
  NO_TID,
  NONE,
  type Trace,
} from '../trace/index.ts';

/** A wait, or something held, that the kernel's log told of. */
export interface LogFact {
  readonly tid: number;
  readonly atNs: number;
  readonly kind: string;
  readonly resource: string;
  readonly label: string | undefined;
  readonly mode: Mode | undefined;
  readonly frames: readonly string[];
  readonly holder: number | undefined;
  readonly evidence: Evidence | undefined;
}

export interface LogFacts {
  readonly trace: Trace;
  readonly waits: ReadonlyMap<number, LogFact>;
  readonly holds: readonly LogFact[];
}

/** What a kernel log says of the tasks that were blocked when it ended. */
export function readLogFacts(text: string): LogFacts {
  const importer = new LogImporter();
  for (const line of text.split('\n')) {
    importer.addLine(line);
  }
  const trace = importer.finish();
  const { events } = trace;
  const waits = new Map<number, LogFact>();
  const holds: LogFact[] = [];
  for (let i = 0; i < events.length; i++) {
    const fact = factAt(trace, i);
    if (events.type[i] === EventCode.waitBegin) {
      waits.set(fact.tid, fact);
    } else if (events.type[i] === EventCode.holdBegin) {
      holds.push(fact);
    }
  }
  return { trace, waits, holds };
}

function factAt({ events, resources, stacks }: Trace, i: number): LogFact {
  const resource = events.resource[i]!;
  return {
    tid: events.tid[i]!,
    atNs: events.tsNs[i]!,
    kind: resources.kind(resource),
    resource: resources.id(resource),
    label: resources.label(resource),
    mode: MODES[events.mode[i]!],
    frames: events.stack[i] === NONE ? [] : stacks.get(events.stack[i]!),
    holder: events.holderTid[i] === NO_TID ? undefined : events.holderTid[i],
    evidence: EVIDENCES[events.evidence[i]!],
  };
}

/** The log has the scheduler's own functions as well, at the top or thereabouts. */
const MOST_MORE_FRAMES = 8;

/** Whether a stack from the log is the stack that /proc shows, which lacks the scheduler's functions. */
export function isSameStack(logged: readonly string[], names: readonly string[]): boolean {
  const more = logged.length - names.length;
  if (names.length === 0 || more < 0 || more > MOST_MORE_FRAMES) {
    return false;
  }
  let at = 0;
  for (const frame of logged) {
    at += plainName(frame.replace(/[+ ].*$/s, '')) === names[at] ? 1 : 0;
  }
  return at === names.length;
}
