import type { Chain, Edge, ResourceRef, TaskSummary } from '../../analysis/result.ts';
import type { SpanEnd } from '../../analysis/timeline/timeline.ts';
import type { ChainEnd, LongHold, WaitHistory } from '../../analysis/wait-times/result.ts';
import type { TaskName } from '../../analysis/wait-times/task-slots.ts';
import type { Evidence } from '../trace/index.ts';
import { escapeText } from './escape.ts';
import { formatCount } from './format.ts';
import { clip } from './layout.ts';

/** Every choice of words that claims something about the kernel is made in this file. */

/** A comm has 15 bytes, a thread's made-up name seldom more; what is longer is no kernel's. */
const LONGEST_NAME = 40;
const LONGEST_ID = 60;
const LONGEST_LABEL = 100;

type Tasks = Readonly<Record<string, TaskSummary>>;

/** `comm:tid`. */
export function nameTask(tasks: Tasks, tid: number): string {
  return clip(escapeText(tasks[tid]?.name ?? String(tid)), LONGEST_NAME);
}

/** `a`, `a and b`, `a, b and 5 others`: at most `most` are named. */
export function nameTasks(tasks: Tasks, tids: readonly number[], most = 3): string {
  return nameSome(tids, (tid) => nameTask(tasks, tid), most);
}

/**
 * The same of anything that has a name.
 *
 * @param count of all, where not all of them are given
 */
export function nameSome<T>(
  all: readonly T[],
  nameOne: (one: T) => string,
  most: number,
  count = all.length,
): string {
  const names = all.slice(0, count > most ? most - 1 : most).map(nameOne);
  const others = count - names.length;
  if (others > 0) {
    return `${names.join(', ')} and ${formatCount(others)} others`;
  }
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** A map, since a kind comes from a file and may be called `constructor`. */
const KIND_WORDS: ReadonlyMap<string, string> = new Map([
  ['folio_lock', 'lock of folio'],
  ['folio_writeback', 'writeback of folio'],
  ['percpu_rwsem', 'percpu rwsem'],
  ['reclaim', 'reclaim pass'],
  ['io', 'I/O'],
  ['fuse_request', 'FUSE request'],
]);

/** Kinds whose id says more at a glance than its label: the two bits of one folio. */
const SHOWN_BY_ID: ReadonlySet<string> = new Set(['folio_lock', 'folio_writeback']);

export function nameKind(kind: string): string {
  return clip(escapeText(KIND_WORDS.get(kind) ?? kind), LONGEST_ID);
}

/** `writeback of folio 0xffffea0000123480`; a log's stacks show that there is a folio and not which. */
export function nameInstance({ kind, id }: ResourceRef): string {
  if (id.startsWith('?')) {
    return `${nameKind(kind)}, not known which`;
  }
  return `${nameKind(kind)} ${clip(escapeText(id), LONGEST_ID)}`;
}

/** `writeback of folio 0xffffea0000123480 (page 64 of inode 13 on 254:16)`. */
export function nameResource(resource: ResourceRef): string {
  const { label } = resource;
  const inWords = label === undefined ? '' : ` (${clip(escapeText(label), LONGEST_LABEL)})`;
  return nameInstance(resource) + inWords;
}

/** As short as it can be told from others: `rwsem mm_struct.mmap_lock of app:412`, else nameInstance(). */
export function nameBriefly(resource: ResourceRef): string {
  const { kind, label } = resource;
  return label === undefined || SHOWN_BY_ID.has(kind)
    ? nameInstance(resource)
    : `${nameKind(kind)} ${clip(escapeText(label), LONGEST_LABEL)}`;
}

/** The resource as its waiter wants it: a lock that can be shared says for what. */
export function nameWanted(edge: Edge): string {
  return nameResource(edge.resource) + nameManner(edge);
}

/** How it is wanted: to read or write, and whether by an interrupt on top of the task. */
export function nameManner({ mode, context }: Edge): string {
  return (mode === undefined ? '' : `, to ${mode}`) + (context === 'interrupt' ? ', in an interrupt' : '');
}

const EVIDENCE_WORDS: Readonly<Record<Evidence, readonly [claim: string, reason: string]>> = {
  traced: ['held by', 'traced'],
  'owner-field': ['owner field names', 'read from the lock'],
  'released-later': ['likely held by', 'it released it later'],
  stack: ['likely held by', 'from its stack'],
  unknown: ['perhaps held by', 'no evidence'],
};

/** What an edge says of its blocker. */
export type Blocking = Pick<Edge, 'blocker' | 'evidence' | 'hard' | 'io'>;

/** Who or what the waiter waits for next. "held by" is said only of what was seen. */
export function nameBlocker(edge: Blocking, tasks: Tasks): string {
  if (edge.io) {
    const by = edge.blocker === null ? '' : `, sent by ${nameTask(tasks, edge.blocker)}`;
    return `in flight at the device${by}`;
  }
  if (edge.blocker === null) {
    return 'holder unknown';
  }
  return nameHolders(edge, nameTask(tasks, edge.blocker));
}

/** Whoever has what is waited for, with how that is known: `held by a:1, b:2 and 12 others (traced)`. */
export function nameHolders(edge: Pick<Blocking, 'evidence' | 'hard'>, who: string): string {
  const [claim, reason] = claimOf(edge);
  return `${claim} ${who} (${reason})`;
}

/** The same of an edge that leads to its blocker, which is named there: `held by (traced)`. */
export function nameClaim(edge: Blocking): string {
  const [claim, reason] = claimOf(edge);
  return edge.io ? 'in flight' : edge.blocker === null ? '' : `${claim} (${reason})`;
}

function claimOf({
  evidence,
  hard,
}: Pick<Blocking, 'evidence' | 'hard'>): readonly [claim: string, reason: string] {
  const [claim, reason] = EVIDENCE_WORDS[evidence];
  return hard ? [claim, reason] : ['queued behind', reason];
}

/** Where a chain ends, in a few words. */
export function nameEnd(chain: Chain, tasks: Tasks): string {
  const { blocker } = chain.links.at(-1)!;
  switch (chain.end) {
    case 'running':
      return blocker === null
        ? 'ends at a task not waiting'
        : `ends at ${nameTask(tasks, blocker)}, which is not waiting`;
    case 'io':
      return 'ends at a device';
    case 'unknown':
      return 'ends at an unknown holder';
    case 'cycle':
      return 'ends in a cycle';
  }
}

/** What the end of a chain means for the one who waits, and where to look next; goes on after nameEnd(). */
export function explainEnd(chain: Chain): string {
  switch (chain.end) {
    case 'running':
      return 'so it may still go on: see what it is doing';
    case 'io':
      return 'which has not completed an I/O: look at the disk, not at the locks';
    case 'unknown':
      return 'which took it before the capture began or by an untraced path';
    case 'cycle':
      return 'which never ends by itself';
  }
}

/** A task that the result names on its own. */
export function nameNamed({ name }: TaskName): string {
  return clip(escapeText(name), LONGEST_NAME);
}

/** What a chain of waits ends at: `app:12`, `a device (writeback of folio)`. */
export function nameChainEnd(end: ChainEnd): string {
  switch (end.type) {
    case 'running':
      return nameNamed(end.task);
    case 'cycle':
      return `a cycle with ${nameNamed(end.task)}`;
    case 'io':
      return `a device (${nameKind(end.kind)})`;
    case 'unknown':
      return `nobody known (${nameKind(end.kind)})`;
  }
}

const END_WORDS: Readonly<Record<ChainEnd['type'], string>> = {
  running: 'a task that does not wait',
  io: 'a device',
  unknown: 'nobody known',
  cycle: 'a cycle',
};

/** The same without saying which. */
export function nameEndType(type: ChainEnd['type']): string {
  return END_WORDS[type];
}

const HOLD_END_WORDS: Readonly<Record<LongHold['end'], string>> = {
  released: 'released',
  displaced: 'release not seen',
  'given-to-device': 'given to the device',
  open: 'still held',
};

/** How a hold ended. */
export function nameHoldEnd(end: LongHold['end']): string {
  return HOLD_END_WORDS[end];
}

const WAIT_END_WORDS: Readonly<Record<WaitHistory['end'], string>> = {
  ended: 'ended',
  superseded: 'its end was missed',
  'task-gone': 'the task went away',
  open: 'still open',
};

/** How a wait ended. */
export function nameWaitEnd(end: WaitHistory['end']): string {
  return WAIT_END_WORDS[end];
}

/** How a wait or a hold of a timeline ended. */
export function nameSpanEnd(of: 'waits' | 'holds', end: SpanEnd): string {
  switch (end) {
    case 'open':
      return of === 'waits' ? nameWaitEnd(end) : nameHoldEnd(end);
    case 'ended':
    case 'superseded':
    case 'task-gone':
      return nameWaitEnd(end);
    case 'released':
    case 'displaced':
    case 'given-to-device':
      return nameHoldEnd(end);
  }
}

const LOSS_WORDS: ReadonlyMap<string, string> = new Map([
  ['lost_events', "the tracer's buffer was full"],
  ['map_full', 'a map in the kernel was full; `capture --map-keys` makes it larger'],
  ['tracer_did_not_stop', 'the tracer was ended by force; its last records are missing'],
  ['helper_error', 'the kernel refused an operation of the tracer'],
  ['unknown_message', 'bpftrace said something that this version does not know'],
  ['unparsable_line', 'a line that could not be read'],
  ['unknown_event', 'a record of a type that this version does not know'],
  ['bad_record', 'a record that is not of the documented form'],
  ['wait_without_end', 'a task began to wait again without an end of its wait before'],
  ['not_watched', 'the tracer was gone for a time; an attachment of the capture says when'],
  ['truncated', 'the file ends in the middle of a record'],
]);

/** What a reason of loss means; empty for one of another program. */
export function explainLoss(reason: string): string {
  return LOSS_WORDS.get(reason) ?? '';
}

const REPORT_WORDS: ReadonlyMap<string, string> = new Map([
  ['circular', 'orders of locks that make a circle'],
  ['recursive', 'a lock wanted by who holds it'],
  ['irq-inversion', 'orders that an interrupt turns round'],
  ['irq-unsafe', 'an order that an interrupt turns round'],
  ['inconsistent-state', 'one lock taken with and without interrupts'],
  ['wait-context', 'a lock that may sleep, where nothing may'],
  ['unlock-balance', 'a lock let go that is not held'],
  ['lock-freed', 'memory freed with a held lock in it'],
  ['lock-held-in-user-space', 'a lock held on the way to user space'],
  ['lock-held-at-exit', 'a lock held at exit'],
  ['lock-still-held', 'a lock held where none may be'],
  ['rcu-usage', 'RCU used without its lock'],
]);

/** What kind of report a lock checker made. */
export function nameReport(report: string): string {
  return clip(escapeText(REPORT_WORDS.get(report) ?? report), LONGEST_LABEL);
}

/**
 * Where something is documented, as people on the lists write it, where a signature has only a hash or a Message-ID. Text of
 * anybody's, as the source was.
 */
export function citeSource(source: string): string {
  const [, type, id] = /^(commit|message-id):(.+)$/.exec(source) ?? [];
  if (type === undefined) {
    return source;
  }
  return type === 'commit' ? `commit ${id}` : `https://lore.kernel.org/r/${id}/`;
}
