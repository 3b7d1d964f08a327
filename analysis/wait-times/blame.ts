import { NO_TID, NONE } from '../../src/trace/index.ts';
import { READ } from '../replay/hold-tracker.ts';
import type { WaitEnd } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import { grown } from './columns.ts';
import { Contended } from './contended.ts';
import { DirectBlocker, FrontKind } from './direct-blocker.ts';
import type { TaskSlots } from './task-slots.ts';
import { RootKind, WaitForest } from './wait-forest.ts';

/** Time behind what chains end at, ns: sums of waiters times how long. */
export interface RootTimes {
  /** By task: it was not waiting itself. */
  readonly runningNs: Float64Array;
  /** By task: the smallest tid of a cycle. */
  readonly cycleNs: Float64Array;
  /** By resource that was with a device, or that nobody was known to have. */
  readonly ioNs: Float64Array;
  readonly unknownNs: Float64Array;
}

type MutableTimes = { -readonly [K in keyof RootTimes]: RootTimes[K] };

export interface BlameOptions {
  /** Which waits count; the others still lead on. */
  readonly counts: (row: number) => boolean;
  /** Told of task nodes whose chains are others from now on, with all that are behind them. */
  readonly onMoved?: (node: number) => void;
}

/**
 * Counts waiting time for those at the ends of the chains, at every moment: while A waits for B and B for C, C carries
 * both and B nothing. Costs what the chains walked are long, whatever else is open.
 *
 * A task is in its innermost open wait. A wait for which nobody was known, and whose end shows who let go, counts for
 * that task as long as nobody was known, with everything behind it.
 */
export class Blame {
  readonly forest: WaitForest;
  readonly #state: ReplayState;
  readonly #slots: TaskSlots;
  readonly #blocker: DirectBlocker;
  readonly #counts: (row: number) => boolean;
  readonly #times: MutableTimes = {
    runningNs: NO_TIMES,
    cycleNs: NO_TIMES,
    ioNs: NO_TIMES,
    unknownNs: NO_TIMES,
  };

  /** By slot of a task. */
  #nodeOf = new Int32Array(0);
  /** By node: slot of the task, or index of the resource. */
  #subjectOf = new Int32Array(0);
  /** By task node: row of its present wait, and what it counts. */
  #rowOf = new Int32Array(0);
  #own = new Uint8Array(0);
  /** By task node: open waits that name it. */
  #namedCount = new Int32Array(0);

  /** By row: the node that it names, the front it stands at, what is pending of it, whether nobody was ever named. */
  #namedNode = new Int32Array(0);
  #frontOf = new Int32Array(0);
  #pendingNs = new Float64Array(0);
  #unnamed = new Uint8Array(0);

  readonly #contended: (Contended | undefined)[] = [];
  /** What the event that is being played has changed so far. */
  #changedTids: number[] = [];
  #refined: number[] = [];
  #changedResources: number[] = [];

  constructor(state: ReplayState, slots: TaskSlots, { counts, onMoved }: BlameOptions) {
    this.#state = state;
    this.#slots = slots;
    this.#blocker = new DirectBlocker(state);
    this.#counts = counts;
    const tidOf = (task: number) => slots.tidOf(this.#subjectOf[task]!);
    this.forest = new WaitForest(
      tidOf,
      (root, kind, ns) => this.#addTime(this.#times, root, kind, ns),
      onMoved,
    );
  }

  waitBegan(row: number): void {
    const length = this.#state.waits.table.tid.length;
    this.#namedNode = grown(this.#namedNode, length);
    this.#frontOf = grown(this.#frontOf, length);
    this.#pendingNs = grown(this.#pendingNs, length);
    this.#unnamed = grown(this.#unnamed, length);
    this.#pendingNs[row] = 0;
    this.#waitChanged(row);
  }

  waitRefined(row: number): void {
    this.#refined.push(this.#taskNode(this.#state.waits.table.tid[row]!));
    this.#waitChanged(row);
  }

  waitEnded(row: number, how: WaitEnd): void {
    const { tid, resource, holderTid } = this.#state.waits.table;
    const node = this.#taskNode(tid[row]!);
    if (this.#rowOf[node] === row) {
      this.#leave(node);
    }
    const releaser = how === 'ended' && this.#unnamed[row] === 1 ? holderTid[row]! : NO_TID;
    const ns = this.#pendingNs[row]!;
    if (ns > 0 && releaser !== NO_TID) {
      this.#addTime(this.#times, this.#taskNode(releaser), RootKind.running, ns);
    } else if (ns > 0) {
      this.#times.unknownNs = added(this.#times.unknownNs, resource[row]!, ns);
    }
    this.#changedTids.push(tid[row]!);
    this.#changedResources.push(resource[row]!);
  }

  /** @param tid is another task's from now on */
  taskStarted(tid: number): void {
    this.settle();
    const node = this.#taskNode(tid);
    for (const child of [...this.forest.childrenOf(node)]) {
      const resource = this.forest.isFront(child)
        ? this.#subjectOf[child]!
        : this.#state.waits.table.resource[this.#rowOf[child]!]!;
      this.#updateResource(resource);
    }
  }

  /** Something about the resource changed, and with it perhaps whom its waits are for. */
  resourceChanged(resource: number): void {
    this.settle();
    this.#updateResource(resource);
  }

  /** Puts everyone who began or ended a wait where they stand now. */
  settle(): void {
    const tids = this.#changedTids;
    if (tids.length === 0) {
      return;
    }
    this.#changedTids = [];
    const resources = this.#changedResources;
    this.#changedResources = [];
    for (const node of this.#refined.splice(0)) {
      if (this.#rowOf[node] !== NONE) {
        this.#leave(node);
      }
    }
    for (const tid of tids) {
      this.#placeTask(tid);
    }
    for (const resource of resources) {
      this.#updateQueue(resource);
    }
    for (const tid of tids) {
      this.#updateNamed(tid, resources);
    }
  }

  /** Row of the task's present wait, by node; NONE if it does not wait. */
  rowOf(node: number): number {
    return this.#rowOf[node]!;
  }

  /** Slot of a task's node, or resource of a front's. */
  subjectOf(node: number): number {
    return this.#subjectOf[node]!;
  }

  counts(node: number): boolean {
    return this.#own[node] === 1;
  }

  nodeOf(tid: number): number {
    return this.#taskNode(tid);
  }

  /** Slot of the task that a task waits for now; NONE if there is none. */
  blockerOf(tid: number): number {
    const node = this.#taskNode(tid);
    const next = this.forest.leadsTo(node);
    const blocker = next !== NONE && this.forest.isFront(next) ? this.forest.leadsTo(next) : next;
    return blocker === NONE ? NONE : this.#subjectOf[blocker]!;
  }

  /** Everything up to now; changes nothing. */
  times(): RootTimes {
    const { runningNs, cycleNs, ioNs, unknownNs } = this.#times;
    const times = {
      runningNs: runningNs.slice(),
      cycleNs: cycleNs.slice(),
      ioNs: ioNs.slice(),
      unknownNs: unknownNs.slice(),
    };
    this.forest.forEachUnsettled((node, kind, ns) => {
      if (ns > 0) {
        const isTask = !this.forest.isFront(node);
        kind === RootKind.unknown && isTask
          ? this.#addUnknown(times, this.#rowOf[node]!, ns)
          : this.#addTime(times, node, kind, ns);
      }
    });
    for (const row of this.#state.waits.openRows()) {
      this.#addUnknown(times, row, this.#pendingNs[row]!);
    }
    return times;
  }

  #addUnknown(times: MutableTimes, row: number, ns: number): void {
    times.unknownNs = added(times.unknownNs, this.#state.waits.table.resource[row]!, ns);
  }

  #addTime(times: MutableTimes, root: number, kind: number, ns: number): void {
    const subject = this.#subjectOf[root]!;
    switch (kind) {
      case RootKind.running:
        times.runningNs = added(times.runningNs, subject, ns);
        break;
      case RootKind.cycle:
        times.cycleNs = added(times.cycleNs, subject, ns);
        break;
      case RootKind.io:
        times.ioNs = added(times.ioNs, subject, ns);
        break;
    }
  }

  #waitChanged(row: number): void {
    const { tid, resource, holderTid } = this.#state.waits.table;
    this.#unnamed[row] = holderTid[row] === NO_TID ? 1 : 0;
    this.#changedTids.push(tid[row]!);
    this.#changedResources.push(resource[row]!);
  }

  #placeTask(tid: number): void {
    const node = this.#taskNode(tid);
    const row = this.#state.waits.innermostOf(tid);
    if (this.#rowOf[node] !== row) {
      if (this.#rowOf[node] !== NONE) {
        this.#leave(node);
      }
      if (row !== NONE) {
        this.#enter(node, row);
      }
    }
  }

  #enter(node: number, row: number): void {
    const { resource, mode } = this.#state.waits.table;
    const contended = this.#contendedOf(resource[row]!);
    contended.waiting++;
    this.#rowOf[node] = row;
    this.#own[node] = this.#counts(row) ? 1 : 0;
    if (this.#own[node] === 1) {
      this.forest.addWeight(node, 1);
    }
    const named = this.#blocker.namedBy(row);
    this.#namedNode[row] = named === NO_TID ? NONE : this.#taskNode(named);
    if (named !== NO_TID) {
      contended.named.add(row);
      this.#namedCount[this.#namedNode[row]!]!++;
    }
    if (mode[row] === READ) {
      contended.readers.add(row);
    }
    this.#place(node, row, contended);
  }

  #leave(node: number): void {
    const row = this.#rowOf[node]!;
    const contended = this.#contended[this.#state.waits.table.resource[row]!]!;
    this.#unplace(node, row, contended);
    this.#pendingNs[row]! += this.forest.takePending(node);
    if (this.#own[node] === 1) {
      this.forest.addWeight(node, -1);
      this.#own[node] = 0;
    }
    this.#forgetName(row, contended);
    contended.readers.delete(row);
    this.#rowOf[node] = NONE;
    if (--contended.waiting === 0) {
      this.#contended[contended.resource] = undefined;
    }
  }

  #forgetName(row: number, contended: Contended): void {
    if (contended.named.delete(row)) {
      this.#namedCount[this.#namedNode[row]!]!--;
      this.#namedNode[row] = NONE;
    }
  }

  /** Links the task's node to what its wait is for. */
  #place(node: number, row: number, contended: Contended): void {
    const named = this.#namedNode[row]!;
    if (named !== NONE && this.#blocker.isForNamed(row, this.#tidOf(named))) {
      this.#frontOf[row] = NONE;
      this.forest.link(node, named);
      return;
    }
    const kind = this.#blocker.frontKind(row);
    this.#frontOf[row] = kind;
    contended.members[kind]!++;
    this.forest.link(node, this.#frontNode(contended, kind));
  }

  #unplace(node: number, row: number, contended: Contended): void {
    const kind = this.#frontOf[row]!;
    this.forest.unlink(node, RootKind.running);
    if (kind !== NONE && --contended.members[kind]! === 0) {
      this.forest.removeFront(contended.fronts[kind]!);
      contended.fronts[kind] = NONE;
    }
  }

  /** Asks again whom a wait is for. */
  #placeAgain(row: number, contended: Contended): void {
    const node = this.#taskNode(this.#state.waits.table.tid[row]!);
    const named = this.#namedNode[row]!;
    const isForNamed = named !== NONE && this.#blocker.isForNamed(row, this.#tidOf(named));
    const stays = isForNamed
      ? this.#frontOf[row] === NONE
      : this.#frontOf[row] === this.#blocker.frontKind(row);
    if (!stays) {
      this.#unplace(node, row, contended);
      this.#place(node, row, contended);
    }
  }

  #frontNode(contended: Contended, kind: number): number {
    const known = contended.fronts[kind]!;
    if (known !== NONE) {
      return known;
    }
    const target = this.#blocker.target(contended.resource, kind);
    const front = this.forest.addFront(target.kind);
    this.#growNodes();
    this.#subjectOf[front] = contended.resource;
    contended.fronts[kind] = front;
    if (target.tid !== NO_TID) {
      this.forest.link(front, this.#taskNode(target.tid));
    }
    return front;
  }

  #updateResource(resource: number): void {
    const contended = this.#contended[resource];
    if (contended === undefined) {
      return;
    }
    this.#updateQueue(resource);
    for (let kind = 0; kind < contended.fronts.length; kind++) {
      this.#updateFront(contended, kind);
    }
    for (const row of contended.named) {
      if (this.#blocker.namedBy(row) === NO_TID) {
        this.#forgetNameOf(row, contended);
      } else {
        this.#placeAgain(row, contended);
      }
    }
  }

  #forgetNameOf(row: number, contended: Contended): void {
    this.#forgetName(row, contended);
    this.#placeAgain(row, contended);
  }

  #updateFront(contended: Contended, kind: number): void {
    const front = contended.fronts[kind]!;
    if (front === NONE) {
      return;
    }
    const target = this.#blocker.target(contended.resource, kind);
    const wanted = target.tid === NO_TID ? NONE : this.#taskNode(target.tid);
    const isSame =
      this.forest.leadsTo(front) === wanted && (wanted !== NONE || this.forest.kindOf(front) === target.kind);
    if (!isSame) {
      this.forest.unlink(front, target.kind);
      if (wanted !== NONE) {
        this.forest.link(front, wanted);
      }
    }
  }

  /** Only readers care who is first in the queue. */
  #updateQueue(resource: number): void {
    const contended = this.#contended[resource];
    if (contended === undefined || contended.readers.size === 0) {
      return;
    }
    const first = this.#state.waits.firstWriter(resource) ?? NONE;
    if (first !== contended.firstWriter) {
      contended.firstWriter = first;
      for (const row of contended.readers) {
        this.#placeAgain(row, contended);
      }
    }
    this.#updateFront(contended, FrontKind.readersBehindWriter);
  }

  /** Who waits for a resource is less likely to hold it, which matters where somebody named it as the holder. */
  #updateNamed(tid: number, resources: readonly number[]): void {
    if (this.#namedCount[this.#taskNode(tid)]! > 0) {
      for (const resource of resources) {
        this.#updateResource(resource);
      }
    }
  }

  #contendedOf(resource: number): Contended {
    while (this.#contended.length <= resource) {
      this.#contended.push(undefined);
    }
    this.#contended[resource] ??= new Contended(resource);
    return this.#contended[resource];
  }

  #tidOf(node: number): number {
    return this.#slots.tidOf(this.#subjectOf[node]!);
  }

  #taskNode(tid: number): number {
    const slot = this.#slots.of(tid);
    if (slot >= this.#nodeOf.length) {
      this.#nodeOf = grown(this.#nodeOf, slot + 1, NONE);
    }
    let node = this.#nodeOf[slot]!;
    if (node === NONE) {
      node = this.forest.addTask();
      this.#growNodes();
      this.#nodeOf[slot] = node;
      this.#subjectOf[node] = slot;
      this.#rowOf[node] = NONE;
      this.#own[node] = 0;
      this.#namedCount[node] = 0;
    }
    return node;
  }

  #growNodes(): void {
    const length = this.forest.size;
    this.#subjectOf = grown(this.#subjectOf, length);
    this.#rowOf = grown(this.#rowOf, length);
    this.#own = grown(this.#own, length);
    this.#namedCount = grown(this.#namedCount, length);
  }
}

const NO_TIMES = new Float64Array(0);

/** The column with `ns` more at `i`; another column if it had to grow. */
function added(column: Float64Array, i: number, ns: number): Float64Array {
  const longer = grown(column, i + 1);
  longer[i]! += ns;
  return longer;
}
