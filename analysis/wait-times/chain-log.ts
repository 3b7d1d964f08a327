import { NONE } from '../../src/trace/index.ts';
import type { WaitEnd } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { Blame } from './blame.ts';
import type { CallPaths } from './call-paths.ts';
import { ChainSums } from './chain-sums.ts';
import type { TimeWindow } from './time-window.ts';
import { TopList } from './top-list.ts';
import { RootKind } from './wait-forest.ts';
import type { KindNumbers } from './wait-totals.ts';

/** A chain as a list: a task and its wait, then the chain of whom it waits for. Chains that meet share their ends. */
export type LoggedChain = LoggedLink | LoggedEnd;

export interface LoggedLink {
  readonly slot: number;
  readonly resource: number;
  readonly path: number;
  readonly next: LoggedChain;
  /** Numbers of the chain in the sums by task and by call path. */
  readonly byTask: number;
  readonly byPath: number;
}

export interface LoggedEnd {
  readonly next: undefined;
  /** Of RootKind. */
  readonly end: number;
  /** Slot of a task, or number of a kind of resource. */
  readonly subject: number;
  readonly byTask: number;
  readonly byPath: number;
}

export interface LoggedSegment {
  readonly fromNs: number;
  readonly toNs: number;
  /** From the waiter on. */
  readonly chain: LoggedLink;
}

export interface LoggedWait {
  readonly slot: number;
  readonly resource: number;
  readonly path: number;
  readonly beginNs: number;
  readonly endNs: number;
  readonly end: WaitEnd | 'open';
  readonly segments: readonly LoggedSegment[];
  readonly omitted: number;
}

/** What the log tells up to some moment. */
export interface LoggedChains {
  readonly byTask: ChainSums<LoggedLink>;
  readonly byPath: ChainSums<LoggedLink>;
  readonly longest: TopList<LoggedWait>;
  /** Some changes were not looked at when they came. */
  readonly isSampled: boolean;
}

/**
 * Nodes looked at: a change near the end of many chains touches every one of them, and a trace of long queues has little
 * else. Short ones are followed from event to event; in long ones that cost too much, now and then.
 */
const FIRST_CREDIT = 1e6;
const CREDIT_PER_EVENT = 0.25;

/** Of those who wait for the same, how many are followed: those that have waited longest, as places get free. */
export const MOST_FOLLOWED = 64;

const END_KINDS = Object.keys(RootKind).length;

/** Of one wait; of one with more the middle is left out. */
const MOST_SEGMENTS = 64;

interface History {
  readonly segments: LoggedSegment[];
  omitted: number;
}

/** A node's chain as it is logged, and the row of the wait that it begins with, if that counts. */
interface Present {
  chain: LoggedChain | undefined;
  sinceNs: number;
  row: number;
}

/**
 * The chains of waits over time. Where a chain goes on otherwise, so do the chains of all behind it, and each is touched.
 * So that a lock which changes hands before thousands costs no more than it must, only some of those who wait for the
 * same are followed.
 */
export class ChainLog {
  readonly #state: ReplayState;
  readonly #blame: Blame;
  readonly #paths: CallPaths;
  readonly #kinds: KindNumbers;
  readonly #window: TimeWindow;
  readonly #byTask = new ChainSums<LoggedLink>();
  readonly #byPath = new ChainSums<LoggedLink>();
  readonly #longest: TopList<LoggedWait>;
  readonly #ends = new Map<number, LoggedEnd>();
  readonly #present: Present[] = [];
  /** Nodes of which nothing has been looked at since they moved. */
  #moved = new Set<number>();
  /** How many nodes may be looked at. */
  #credit: number;
  #isSampled = false;
  /** By row of the open waits that count. */
  readonly #histories = new Map<number, History>();

  constructor(
    state: ReplayState,
    blame: Blame,
    paths: CallPaths,
    kinds: KindNumbers,
    window: TimeWindow,
    limit: number,
    credit = FIRST_CREDIT,
  ) {
    this.#credit = credit;
    this.#state = state;
    this.#blame = blame;
    this.#paths = paths;
    this.#kinds = kinds;
    this.#window = window;
    this.#longest = new TopList(limit);
  }

  /** The chain of this node, and of all behind it, may be another now. */
  nodeMoved(node: number): void {
    this.#moved.add(node);
  }

  /** Follows what has moved: after every event, or after some where that takes too long. */
  settle(): void {
    this.#credit += CREDIT_PER_EVENT;
    if (this.#moved.size === 0) {
      return;
    }
    if (this.#credit <= 0) {
      this.#isSampled = true;
      return;
    }
    const moved = this.#moved;
    this.#moved = new Set();
    // In any order: who is behind a node that comes later is looked at again with it.
    for (const node of moved) {
      if (this.#updateNode(node, this.#isFollowed(node))) {
        this.#updateBehind(node);
      }
    }
  }

  /** To be told before the Blame is. */
  waitEnded(row: number, how: WaitEnd): void {
    const node = this.#blame.nodeOf(this.#state.waits.table.tid[row]!);
    const present = this.#present[node];
    if (present?.row === row) {
      this.#close(present);
      present.chain = undefined;
      present.row = NONE;
    }
    const history = this.#histories.get(row);
    if (history !== undefined) {
      this.#histories.delete(row);
      this.#offer(this.#longest, row, history, this.#state.waits.table.endNs[row]!, how);
    }
  }

  /** Everything up to now; changes nothing. */
  chains(nowNs: number): LoggedChains {
    const byTask = this.#byTask.copy();
    const byPath = this.#byPath.copy();
    const longest = this.#longest.copy();
    const histories = new Map<number, History>();
    for (const [row, { segments, omitted }] of this.#histories) {
      histories.set(row, { segments: [...segments], omitted });
    }
    for (const { chain, row, sinceNs } of this.#present) {
      if (row !== NONE && chain?.next !== undefined) {
        const segment = { chain, fromNs: sinceNs, toNs: this.#blame.forest.nowNs };
        addSegment(segment, byTask, byPath, historyOf(histories, row));
      }
    }
    for (const [row, history] of histories) {
      this.#offer(longest, row, history, nowNs, 'open');
    }
    return { byTask, byPath, longest, isSampled: this.#isSampled };
  }

  #updateBehind(node: number): void {
    const changed = [node];
    for (let at = changed.pop(); at !== undefined; at = changed.pop()) {
      let left = MOST_FOLLOWED;
      for (const child of this.#blame.forest.childrenOf(at)) {
        if (this.#updateNode(child, true)) {
          changed.push(child);
        }
        if (--left === 0) {
          break;
        }
      }
    }
  }

  /** Who comes as one too many is not, until some ahead have gone; the next change that touches them finds it. */
  #isFollowed(node: number): boolean {
    const { forest } = this.#blame;
    const parent = forest.parentOf(node);
    return parent === NONE || forest.countChildren(parent) <= MOST_FOLLOWED;
  }

  /** Whether the node's chain is another now. */
  #updateNode(node: number, isFollowed: boolean): boolean {
    this.#credit--;
    const present = this.#presentOf(node);
    const row = this.#blame.forest.isFront(node) ? NONE : this.#blame.rowOf(node);
    const next = isFollowed ? this.#chainAfter(node, row) : undefined;
    const isSame =
      row === NONE || next === undefined
        ? present.chain === next
        : this.#isLink(present.chain, node, row, next);
    if (isSame) {
      return false;
    }
    this.#close(present);
    present.chain = row === NONE || next === undefined ? next : this.#makeLink(node, row, next);
    present.sinceNs = this.#blame.forest.nowNs;
    present.row = row !== NONE && next !== undefined && this.#blame.counts(node) ? row : NONE;
    return true;
  }

  #presentOf(node: number): Present {
    while (this.#present.length <= node) {
      this.#present.push({ chain: undefined, sinceNs: 0, row: NONE });
    }
    return this.#present[node]!;
  }

  /** How a node's chain goes on or, where it does not wait, is; undefined where the one ahead is not followed. */
  #chainAfter(node: number, row: number): LoggedChain | undefined {
    const { forest } = this.#blame;
    const parent = forest.parentOf(node);
    if (parent !== NONE) {
      return this.#chainOf(parent);
    }
    const kind = forest.kindOf(node);
    if (kind === RootKind.cycle) {
      return this.#end(kind, this.#blame.subjectOf(forest.ownerOf(node)));
    }
    const subject = this.#blame.subjectOf(node);
    return row === NONE && !forest.isFront(node)
      ? this.#end(RootKind.running, subject)
      : this.#end(kind, this.#kinds.of(subject));
  }

  /** A task at the end of a chain may never have moved itself. */
  #chainOf(node: number): LoggedChain | undefined {
    const present = this.#presentOf(node);
    if (present.chain === undefined && this.#blame.forest.parentOf(node) === NONE) {
      this.#updateNode(node, true);
    }
    return present.chain;
  }

  #isLink(chain: LoggedChain | undefined, node: number, row: number, next: LoggedChain): boolean {
    const { resource, stack } = this.#state.waits.table;
    return (
      chain !== undefined &&
      chain.next === next &&
      'slot' in chain &&
      chain.slot === this.#blame.subjectOf(node) &&
      chain.resource === resource[row] &&
      chain.path === this.#paths.of(stack[row]!)
    );
  }

  #makeLink(node: number, row: number, next: LoggedChain): LoggedLink {
    const { resource, stack } = this.#state.waits.table;
    const slot = this.#blame.subjectOf(node);
    const path = this.#paths.of(stack[row]!);
    const kind = this.#kinds.of(resource[row]!);
    return {
      slot,
      resource: resource[row]!,
      path,
      next,
      byTask: this.#byTask.link(`${slot} ${kind}`, next.byTask),
      byPath: this.#byPath.link(`${path} ${kind}`, next.byPath),
    };
  }

  #end(end: number, subject: number): LoggedEnd {
    const key = subject * END_KINDS + end;
    let made = this.#ends.get(key);
    if (made === undefined) {
      made = {
        next: undefined,
        end,
        subject,
        byTask: this.#byTask.end(`${end} ${subject}`),
        byPath: this.#byPath.end(String(end)),
      };
      this.#ends.set(key, made);
    }
    return made;
  }

  /** Counts the chain that a node has had until now. */
  #close({ chain, sinceNs, row }: Present): void {
    if (row === NONE || chain?.next === undefined) {
      return;
    }
    const segment = { chain, fromNs: sinceNs, toNs: this.#blame.forest.nowNs };
    addSegment(segment, this.#byTask, this.#byPath, historyOf(this.#histories, row));
  }

  #offer(
    to: TopList<LoggedWait>,
    row: number,
    history: History,
    endNs: number,
    end: LoggedWait['end'],
  ): void {
    const { tid, resource, stack, beginNs } = this.#state.waits.table;
    const ns = endNs - beginNs[row]!;
    if (history.segments.length === 0 || !this.#window.meets(beginNs[row]!, endNs)) {
      return;
    }
    if (!to.accepts(ns)) {
      to.skip();
      return;
    }
    to.offer(ns, {
      slot: this.#blame.subjectOf(this.#blame.nodeOf(tid[row]!)),
      resource: resource[row]!,
      path: this.#paths.of(stack[row]!),
      beginNs: beginNs[row]!,
      endNs,
      end,
      segments: history.segments,
      omitted: history.omitted,
    });
  }
}

function historyOf(histories: Map<number, History>, row: number): History {
  let history = histories.get(row);
  if (history === undefined) {
    history = { segments: [], omitted: 0 };
    histories.set(row, history);
  }
  return history;
}

function addSegment(
  segment: LoggedSegment,
  byTask: ChainSums<LoggedLink>,
  byPath: ChainSums<LoggedLink>,
  history: History,
): void {
  const { chain, fromNs, toNs } = segment;
  if (toNs <= fromNs) {
    return;
  }
  byTask.add(chain.byTask, toNs - fromNs, chain);
  byPath.add(chain.byPath, toNs - fromNs, chain);
  history.segments.push(segment);
  if (history.segments.length > MOST_SEGMENTS) {
    history.segments.splice(MOST_SEGMENTS / 2, 1);
    history.omitted++;
  }
}
