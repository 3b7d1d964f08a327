import type { LogLine } from './log-line.ts';
import type { ListedLock, ReportReader, ReportSink } from './report-sink.ts';
import { isSamePrint } from './same-print.ts';
import { plainName } from './stack-frame.ts';

const START = /^\s*Showing all locks held in the system/;
const TASK = /^\s*(?:(\d{1,4}) locks?|no locks) held by (.{1,64}?)[/:](\d{1,10})(?: on CPU#\d{1,5})?[.:]$/;
const LOCK =
  /^\s*#(\d{1,3}):\s*(?:([0-9a-f]{6,16}) )?\((.{1,200}?)\)\{[^}]{0,16}\}(?:-\{(\d{1,2}):(\d{1,2})\})?, at: (?:\[<[0-9a-f]{1,16}>\] )?(.{0,300})$/;
const FUNCTION = /^([\w.$]{1,255})/;
/** lockdep writes down more than locks: running inside RCU, a work item, reclaim, a timer. */
const NO_LOCK =
  /^(rcu_|\(wq_completion\)|\(work_completion\)|fs_reclaim|srcu|tasklist)|_work(\)|$)|completion\)|->work\)$/;
const LAST_LINE = /^\s*=={20}/;
/** Deepest that lockdep's own table goes. */
const MAX_LOCKS = 64;

interface OpenList {
  readonly tid: number;
  readonly atNs: number;
  readonly locks: ListedLock[];
  readonly count: number;
  readonly line: LogLine;
  lastText: string;
  isTorn: boolean;
}

/** Reads `Showing all locks held in the system` and the locks of a task that was reported as hung just before. */
export class HeldLocksReader implements ReportReader {
  readonly #sink: ReportSink;
  #open: OpenList | undefined;
  #isListing = false;
  #lastNs = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  take(line: LogLine): boolean {
    this.#lastNs = line.tsNs ?? this.#lastNs;
    if (START.test(line.text)) {
      this.end();
      this.#isListing = true;
      this.#sink.startLockList();
      return true;
    }
    const task = TASK.exec(line.text);
    if (task !== null) {
      this.end();
      this.#openList(line, task);
      return true;
    }
    return this.#open !== undefined && this.#takeLock(this.#open, line);
  }

  end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) {
      return;
    }
    // The kernel counts a running task's locks and does not list them: it could not do so safely.
    const isTorn = open.isTorn || open.locks.length < open.count;
    if (isTorn && open.locks.length > 0) {
      this.#sink.countUnread(open.line, 'cut_report');
    }
    // Without the last entries nobody can say which of the locks is the one that may still be waited for.
    const locks = isTorn ? [] : open.locks;
    this.#sink.setHeldLocks({ tid: open.tid, atNs: open.atNs, locks, isListing: this.#isListing });
  }

  #openList(line: LogLine, [, count, name, tid]: RegExpExecArray): void {
    if (count === undefined) {
      return;
    }
    const known = this.#sink.addTask({ name: name!, tid: Number(tid) });
    const atNs = line.tsNs ?? this.#lastNs;
    this.#open = { tid: known, atNs, locks: [], count: Number(count), line, lastText: '', isTorn: false };
  }

  #takeLock(open: OpenList, line: LogLine): boolean {
    if (line.caller !== open.line.caller || !isSamePrint(open.line.tsNs, line)) {
      return false;
    }
    const { text } = line;
    const lock = LOCK.exec(text);
    if (lock !== null) {
      addLock(open, lock);
      return true;
    }
    if (LAST_LINE.test(text)) {
      this.end();
      this.#isListing = false;
      return true;
    }
    if (/^\s*\S+ \S+\.[chS]:\d+|^\s*$/.test(text)) {
      return true;
    }
    return false;
  }
}

/** A line may come twice; any other that is not the next one is of another list, or of a torn one. */
function addLock(open: OpenList, lock: RegExpExecArray): void {
  const position = Number(lock[1]);
  if (position === open.locks.length && position < Math.min(open.count, MAX_LOCKS)) {
    open.locks.push(describeLock(lock));
    open.lastText = lock[0];
  } else if (lock[0] !== open.lastText) {
    open.isTorn = true;
  }
}

function describeLock([, , address, className, outer, inner, at]: RegExpExecArray): ListedLock {
  const name = className!.replace(/^\((.*)\)$/, '$1');
  const isLock = !NO_LOCK.test(className!) && outer !== '0' && inner !== '0';
  return {
    className: isLock ? name : '',
    ...(address && !/^0+$/.test(address) && { address }),
    at: plainName(FUNCTION.exec(at!)?.[1] ?? ''),
    ...(inner !== undefined && { sleeping: Number(inner) > 2 }),
  };
}
