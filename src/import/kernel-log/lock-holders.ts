import type { HeldLocks, ListedLock, LoggedHold, LoggedWait } from './report-sink.ts';
import { parseFrame } from './stack-frame.ts';
import { findStackWait } from './wait-kind.ts';

/** What the lists of held locks add to the waits: which lock each is for, and who has it. */
export interface ResolvedLocks {
  /** By tid: the waits whose lock is known now. */
  readonly waits: ReadonlyMap<number, LoggedWait>;
  readonly holds: readonly LoggedHold[];
}

interface Holder {
  readonly tid: number;
  readonly atNs: number;
  readonly lock: ListedLock;
}

/** How tasks sleep for a mutex or an rwsem, and hardly for anything else. */
const LOCK_SLEEP = 'schedule_preempt_disabled';
/** Kinds of wait that are for a lock of lockdep's. */
const LOCK_KINDS = new Set(['mutex', 'rwsem', 'percpu_rwsem', 'semaphore', 'ldsem', 'spinlock']);

/**
 * lockdep lists a lock as held from the moment a task asks for it. So only the last lock of a list may be one that is
 * still waited for; it is, if the task's stack shows it blocked where the list says it asked. Where neither is certain
 * the lock counts neither as held nor as waited for.
 */
export function resolveLocks(
  waits: ReadonlyMap<number, LoggedWait>,
  lists: Iterable<HeldLocks>,
): ResolvedLocks {
  const resolved = new Map<number, LoggedWait>();
  const holders = new Map<string, Holder[]>();
  for (const { tid, atNs, locks, isListing } of lists) {
    const wait = waits.get(tid);
    if (wait === undefined && !isListing) {
      continue;
    }
    const last = locks.at(-1);
    const asks = last === undefined ? 'nothing' : asksFor(wait, last);
    if (asks === 'this' && wait !== undefined) {
      resolved.set(tid, {
        ...wait,
        ...(keyOf(last!) && { resource: keyOf(last!)! }),
        label: last!.className,
      });
    }
    for (const lock of asks === 'nothing' ? locks : locks.slice(0, -1)) {
      addHolder(holders, lock, { tid, atNs, lock });
    }
  }
  return { waits: resolved, holds: describeHolds(holders, resolved.values()) };
}

/** Whether a task waits for the last lock of its list; `perhaps` = its stack is not known or does not say. */
function asksFor(wait: LoggedWait | undefined, last: ListedLock): 'this' | 'nothing' | 'perhaps' {
  const names = (wait?.stack ?? []).map((frame) => parseFrame(frame)?.name ?? frame);
  if (wait === undefined || names.length === 0) {
    return 'perhaps';
  }
  const { depth, kind, frame } = findStackWait(names);
  if (!LOCK_KINDS.has(kind)) {
    // A stack of which lines are missing must not turn a waiter into the holder.
    const isDoubtful = frame === undefined || frame === last.at || names.includes(LOCK_SLEEP);
    return isDoubtful ? 'perhaps' : 'nothing';
  }
  const isThere = names.slice(0, depth + 1).includes(last.at);
  return last.className !== '' && isThere ? 'this' : 'perhaps';
}

/** An address tells one lock from another; a name does only if no other lock can have it. */
function keyOf({ address, className }: ListedLock): string | undefined {
  const isStatic = /^[A-Za-z_]\w*$/.test(className);
  return address ?? (isStatic ? className : undefined);
}

function addHolder(holders: Map<string, Holder[]>, lock: ListedLock, holder: Holder): void {
  const key = keyOf(lock);
  if (key === undefined || lock.className === '' || lock.sleeping === false) {
    return;
  }
  const known = holders.get(key);
  if (known === undefined) {
    holders.set(key, [holder]);
  } else {
    known.push(holder);
  }
}

function describeHolds(holders: ReadonlyMap<string, Holder[]>, waits: Iterable<LoggedWait>): LoggedHold[] {
  const byLock = new Map<string, LoggedWait[]>();
  for (const wait of waits) {
    const resource = wait.resource ?? '';
    const same = byLock.get(resource);
    if (same === undefined) {
      byLock.set(resource, [wait]);
    } else {
      same.push(wait);
    }
  }
  return Array.from(byLock).flatMap(([resource, waiting]) => {
    const all = holders.get(resource) ?? [];
    const kind = waiting[0]!.kind!;
    const mode = isShared(all, waiting) ? { mode: 'read' as const } : {};
    return all.map(({ tid, atNs, lock }) => ({
      tid,
      kind,
      resource,
      label: lock.className,
      ...mode,
      sinceNs: waiting.reduce((earliest, { sinceNs }) => Math.min(earliest, sinceNs), atNs),
      stack: [lock.at],
    }));
  });
}

/**
 * Several have it only by reading. One alone with readers waiting may be a reader too if a writer queues between them;
 * without a writer in the queue nothing but a writer keeps readers out.
 */
function isShared(holders: readonly Holder[], waiting: readonly LoggedWait[]): boolean {
  const modes = new Set(waiting.map(({ mode }) => mode));
  return holders.length > 1 || (modes.has('read') && modes.has('write'));
}
