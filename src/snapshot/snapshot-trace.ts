import {
  type CaptureInfo,
  EVIDENCES,
  EventCode,
  type Evidence,
  MODES,
  type Mode,
  type Trace,
  TraceBuilder,
} from '../trace/index.ts';
import { isSameStack, type LogFact, type LogFacts, readLogFacts } from './log-waits.ts';
import { joinTexts } from './machine-files.ts';
import { decodeProbe, type ProbedWait } from './owner-probe.ts';
import { probedLock } from './probed-lock.ts';
import type { Pass, Snapshot } from './snapshot.ts';
import { findSnapshotWait } from './stack-wait.ts';
import { findStuck, type StuckTasks } from './stuck-tasks.ts';
import type { TaskState } from './task-texts.ts';

/** One wait, as it goes into the trace; times since the machine's start. */
interface Wait {
  readonly tid: number;
  readonly sinceNs: number;
  readonly untilNs?: number;
  readonly kind: string;
  readonly mode?: Mode;
  readonly frames: readonly string[];
  readonly resource: string;
  readonly label?: string;
  readonly holder?: number;
  readonly evidence?: Evidence;
}

/**
 * What a snapshot says, as a trace: an open wait for each task that stood still between the looks, since the first of
 * them or since the kernel's log has known it to be blocked; a wait that ended for each that moved on. The texts that
 * were read are its attachments.
 */
export function decodeSnapshot(snapshot: Snapshot, holdwaitVersion?: string): Trace {
  const found = findStuck(snapshot.first, snapshot.second);
  const firstNs = snapshot.first.atNs ?? 0;
  const secondNs = snapshot.second.atNs ?? firstNs;
  const log = readLogFacts(snapshot.kernelLog ?? '');
  const probed = decodeProbe(snapshot.owners ?? '');
  // A task that sleeps so that a signal can wake it is no hang by itself, whatever it waits for.
  const isHung = found.stuck.some(({ state }) => state === 'D');
  const stuck = isHung ? found.stuck : [];
  const open = [
    ...stuck.map((task) => describeWait(task, firstNs, log.waits.get(task.tid), probed.get(task.tid))),
    ...found.spinning.flatMap(({ tid }) => spinWait(log.waits.get(tid))),
  ];
  const held = log.holds.filter(({ tid }) => open.some((wait) => wait.tid === tid));
  const baseNs = open.reduce((least, { sinceNs }) => Math.min(least, sinceNs), firstNs);
  const builder = new TraceBuilder();
  for (const { tid, pid, comm } of [...found.stuck, ...found.moved, ...found.spinning]) {
    builder.setTask(tid, pid, comm, 0);
  }
  for (const hold of held) {
    addHold(builder, hold, baseNs);
  }
  for (const wait of [...open, ...found.moved.map((task) => movedWait(task, firstNs, secondNs))]) {
    addWait(builder, wait, baseNs);
  }
  addLosses(builder, snapshot, found, secondNs - baseNs);
  addAttachments(builder, snapshot, found, log);
  const told = open.some(({ sinceNs }) => sinceNs < firstNs) ? log.trace.info.hungTaskNs : undefined;
  return builder.finish({
    ...describeMachine(snapshot),
    ...(holdwaitVersion && { holdwaitVersion }),
    ...(told !== undefined && { hungTaskNs: told }),
    clock: 'boot',
    startClockNs: String(Math.round(baseNs)),
    startedAt: new Date(Date.parse(snapshot.startedAt) - (firstNs - baseNs) / 1e6).toISOString(),
    endNs: secondNs - baseNs,
    endReason: 'snapshot taken',
  });
}

function describeWait(
  task: TaskState,
  firstNs: number,
  logged: LogFact | undefined,
  probed: ProbedWait | undefined,
): Wait {
  const fact = logged !== undefined && isSameStack(logged.frames, task.names) ? logged : undefined;
  const byStack = findSnapshotWait(task.names);
  const kind = fact === undefined || fact.kind === 'event' || fact.kind === 'io' ? byStack.kind : fact.kind;
  const mode = fact?.mode ?? byStack.mode;
  const wait = {
    tid: task.tid,
    sinceNs: Math.min(firstNs, fact?.atNs ?? firstNs),
    kind,
    ...(mode && { mode }),
    frames: fact?.frames ?? task.frames,
    resource: `?${task.tid}`,
  };
  if (fact !== undefined && !fact.resource.startsWith('?')) {
    const { resource, label, holder, evidence } = fact;
    return { ...wait, resource, ...(label && { label }), ...(holder !== undefined && { holder, evidence }) };
  }
  return { ...wait, ...(probed && probedLock(probed, kind)) };
}

/** A CPU that spins has no stack that could be read: the kernel's own report of it has. */
function spinWait(fact: LogFact | undefined): Wait[] {
  if (fact?.kind !== 'spinlock') {
    return [];
  }
  const { tid, atNs, kind, mode, frames, resource, label, holder, evidence } = fact;
  return [
    {
      tid,
      sinceNs: atNs,
      kind,
      frames,
      resource,
      ...(mode && { mode }),
      ...(label && { label }),
      ...(holder !== undefined && { holder, evidence }),
    },
  ];
}

function movedWait({ tid, frames, names }: TaskState, sinceNs: number, untilNs: number): Wait {
  return { tid, sinceNs, untilNs, ...findSnapshotWait(names), frames, resource: `?${tid}` };
}

function addWait(builder: TraceBuilder, wait: Wait, baseNs: number): void {
  const resource = internResource(builder, wait);
  const { tid, sinceNs, untilNs, frames, mode, holder, evidence } = wait;
  builder.addEvent({
    type: EventCode.waitBegin,
    tsNs: Math.max(0, sinceNs - baseNs),
    tid,
    resource,
    stack: builder.stacks.intern(frames),
    ...(mode && { mode: MODES.indexOf(mode) }),
    ...(holder !== undefined && { holderTid: holder }),
    ...(evidence && { evidence: EVIDENCES.indexOf(evidence) }),
  });
  if (untilNs !== undefined) {
    builder.addEvent({ type: EventCode.waitEnd, tsNs: untilNs - baseNs, tid, resource });
  }
}

function addHold(builder: TraceBuilder, hold: LogFact, baseNs: number): void {
  builder.addEvent({
    type: EventCode.holdBegin,
    tsNs: Math.max(0, hold.atNs - baseNs),
    tid: hold.tid,
    resource: internResource(builder, hold),
    stack: builder.stacks.intern(hold.frames),
    ...(hold.mode && { mode: MODES.indexOf(hold.mode) }),
  });
}

function internResource(
  builder: TraceBuilder,
  {
    kind,
    resource,
    label,
  }: { readonly kind: string; readonly resource: string; readonly label?: string | undefined },
): number {
  const index = builder.resources.intern(kind, resource);
  if (label !== undefined) {
    builder.resources.setLabel(index, label);
  }
  return index;
}

/** What is missing may be what the others wait for. */
function addLosses(builder: TraceBuilder, snapshot: Snapshot, { stuck }: StuckTasks, tsNs: number): void {
  const losses = {
    unread_file: snapshot.stuckFiles.length,
    unread_task: snapshot.unreadTasks,
    unread_stack: stuck.filter(({ frames }) => frames.length === 0).length,
  };
  for (const [reason, count] of Object.entries(losses)) {
    if (count > 0) {
      builder.addLoss({ tsNs, count, reason });
    }
  }
}

function addAttachments(builder: TraceBuilder, snapshot: Snapshot, found: StuckTasks, log: LogFacts): void {
  const { first, second, texts, kernelLog, owners } = snapshot;
  const add = (name: string, text: string | undefined) => {
    if (text !== undefined) {
      builder.addAttachment({ name, text });
    }
  };
  add('snapshot', JSON.stringify(summarise(snapshot, found)));
  add('look-1', joinTexts(first.texts));
  add('look-2', joinTexts(second.texts));
  add('settings', joinTexts(texts));
  add('owners', owners);
  add('dmesg', kernelLog);
  for (const attachment of log.trace.attachments) {
    builder.addAttachment(attachment);
  }
}

function summarise({ first, second, notes, stuckFiles, unreadTasks }: Snapshot, found: StuckTasks) {
  const tids = (tasks: readonly TaskState[]) => tasks.map(({ tid }) => tid);
  const describe = ({ atNs, threads, tasks }: Pass) => ({
    bootNs: atNs,
    threads,
    mayBeBlocked: tasks.length,
  });
  return {
    schema: 'holdwait.snapshot/1',
    looks: [describe(first), describe(second)],
    stuck: tids(found.stuck),
    moved: tids(found.moved),
    spinning: tids(found.spinning),
    notes,
    stuckFiles,
    unreadTasks,
  };
}

function describeMachine({ target, texts }: Snapshot): CaptureInfo {
  const read = (name: string) => texts.get(`/proc/sys/kernel/${name}`)?.trimEnd();
  const fields = {
    hostname: read('hostname'),
    kernelRelease: read('osrelease'),
    kernelVersion: read('version'),
    bootId: read('random/boot_id'),
  };
  return { target, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) };
}
