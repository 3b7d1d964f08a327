import { NONE } from '../../src/trace/index.ts';
import { grown } from './columns.ts';

/** What a chain of waits ends at. */
export const RootKind = { running: 0, io: 1, unknown: 2, cycle: 3 } as const;

/**
 * Takes time as it is settled.
 *
 * @param root a task node, or a front; of a cycle, the task with the smallest tid
 * @param ns waiters behind the root times how long they were
 */
export type RootTime = (root: number, kind: number, ns: number) => void;

/**
 * Who waits behind whom now, as trees that grow from waiters to what their chains end at. Nodes are tasks, and fronts: what
 * the waiters of a resource have in common, so that a lock that changes hands moves all of them by one link. Each node
 * knows how many waiting tasks are behind it, itself included. A change walks the chain from its place to the root, twice
 * at most, and nothing else.
 *
 * A chain that leads back to itself has a root, too: the node whose link would have closed it.
 *
 * Time behind a front with nobody known is kept by its members, because a wait may tell when it ends whom it was for.
 */
export class WaitForest {
  readonly #tidOf: (task: number) => number;
  readonly #onTime: RootTime;
  readonly #onMoved: ((node: number) => void) | undefined;
  #nowNs = 0;
  #size = 0;
  /** How many roots are of cycles. */
  #cycles = 0;
  readonly #free: number[] = [];
  #isFront = new Uint8Array(0);
  #parent = new Int32Array(0);
  /** Of a cycle's root: the link that would close it. */
  #closing = new Int32Array(0);
  /** Children in the order in which they were linked. */
  #firstChild = new Int32Array(0);
  #lastChild = new Int32Array(0);
  #childCount = new Int32Array(0);
  #nextSibling = new Int32Array(0);
  #previousSibling = new Int32Array(0);
  #weight = new Int32Array(0);
  /** Of a root. */
  #kind = new Uint8Array(0);
  #cycleOf = new Int32Array(0);
  /** Of a root: until when its time is settled. */
  #settledNs = new Float64Array(0);
  /** Of a front: for how long it has had nobody known. Of a task: what that was when its own time was settled. */
  #unknownNs = new Float64Array(0);
  /** Of a task: waiters behind it times how long its front had nobody known. */
  #pendingNs = new Float64Array(0);

  /** @param onMoved told of nodes that are new, or whose chain goes on otherwise; the same is true of all behind them */
  constructor(tidOf: (task: number) => number, onTime: RootTime, onMoved?: (node: number) => void) {
    this.#tidOf = tidOf;
    this.#onTime = onTime;
    this.#onMoved = onMoved;
  }

  /** Time never goes back: what comes late counts as of now. */
  setNow(nowNs: number): void {
    this.#nowNs = Math.max(this.#nowNs, nowNs);
  }

  /** Reads as it would be at `nowNs`, which is not in the past. */
  asOf<T>(nowNs: number, read: () => T): T {
    const before = this.#nowNs;
    this.#nowNs = Math.max(before, nowNs);
    try {
      return read();
    } finally {
      this.#nowNs = before;
    }
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  get size(): number {
    return this.#size;
  }

  addTask(): number {
    return this.#add(0, RootKind.running);
  }

  /** @param kind what it ends at while it is linked to nothing */
  addFront(kind: number): number {
    return this.#add(1, kind);
  }

  /** Of a front without members. */
  removeFront(front: number): void {
    this.unlink(front, RootKind.unknown);
    this.#free.push(front);
  }

  parentOf(node: number): number {
    return this.#parent[node]!;
  }

  /** Where a node's wait leads, also where that closes a cycle. */
  leadsTo(node: number): number {
    const parent = this.#parent[node]!;
    return parent === NONE ? this.#closing[node]! : parent;
  }

  kindOf(root: number): number {
    return this.#kind[root]!;
  }

  /** Whom a root's time counts for: itself, or the task that a cycle is named by. */
  ownerOf(root: number): number {
    return this.#kind[root] === RootKind.cycle ? this.#cycleOf[root]! : root;
  }

  isFront(node: number): boolean {
    return this.#isFront[node] === 1;
  }

  rootOf(node: number): number {
    let root = node;
    for (let next = this.#parent[root]!; next !== NONE; next = this.#parent[root]!) {
      root = next;
    }
    return root;
  }

  countChildren(node: number): number {
    return this.#childCount[node]!;
  }

  /** In the order in which they were linked. */
  *childrenOf(node: number): Generator<number> {
    let child = this.#firstChild[node]!;
    while (child !== NONE) {
      const next = this.#nextSibling[child]!;
      yield child;
      child = next;
    }
  }

  /** Whether a task waits itself, to be counted behind its root: 1 or 0 more. */
  addWeight(node: number, change: number): void {
    this.#addWeight(node, change);
  }

  /** Links a root to what it waits for. */
  link(node: number, parent: number): void {
    this.#settleRoot(node);
    this.#onMoved?.(node);
    const leadsBack = node === parent || (this.#firstChild[node] !== NONE && this.rootOf(parent) === node);
    if (leadsBack) {
      this.#closing[node] = parent;
      this.#kind[node] = RootKind.cycle;
      this.#cycles++;
      this.#cycleOf[node] = this.#smallestTask(node, parent);
      return;
    }
    this.#parent[node] = parent;
    this.#addChild(parent, node);
    if (this.#isFront[parent] === 1) {
      this.#unknownNs[node] = this.#unknownOf(parent);
    }
    if (this.#weight[node] !== 0) {
      this.#addWeight(parent, this.#weight[node]!);
    }
  }

  /** Makes a node a root of its own. */
  unlink(node: number, kind: number): void {
    const parent = this.#parent[node]!;
    this.#onMoved?.(node);
    if (parent === NONE) {
      this.#settleRoot(node);
      this.#cycles -= this.#closing[node] === NONE ? 0 : 1;
      this.#closing[node] = NONE;
      this.#kind[node] = kind;
      return;
    }
    this.#settleMember(node, parent);
    this.#removeChild(parent, node);
    this.#parent[node] = NONE;
    this.#settledNs[node] = this.#nowNs;
    this.#kind[node] = kind;
    if (this.#weight[node] === 0 && this.#cycles === 0) {
      return;
    }
    const root = this.#addWeight(parent, -this.#weight[node]!);
    if (this.#kind[root] === RootKind.cycle && this.rootOf(this.#closing[root]!) !== root) {
      this.#reopen(root);
    }
  }

  /** Time that a task, with those behind it, has waited where nobody was known; it is the caller's from now on. */
  takePending(task: number): number {
    const pending = this.#pendingNs[task]!;
    this.#pendingNs[task] = 0;
    return pending;
  }

  /** What is not settled now, as it would be: told without changing anything. Time that members keep counts as unknown. */
  forEachUnsettled(onTime: RootTime): void {
    for (let node = 0; node < this.#size; node++) {
      const parent = this.#parent[node]!;
      const isUnknown = this.#isFront[node] === 1 && this.#kind[node] === RootKind.unknown;
      if (parent === NONE && !isUnknown) {
        const ns = this.#weight[node]! * (this.#nowNs - this.#settledNs[node]!);
        onTime(this.ownerOf(node), this.#kind[node]!, ns);
      }
      if (this.#isFront[node] === 0) {
        const since = parent !== NONE && this.#isFront[parent] === 1 ? this.#memberNs(node, parent) : 0;
        onTime(node, RootKind.unknown, this.#pendingNs[node]! + since);
      }
    }
  }

  #add(isFront: number, kind: number): number {
    const node = this.#free.pop() ?? this.#grow();
    this.#isFront[node] = isFront;
    this.#kind[node] = kind;
    this.#parent[node] = NONE;
    this.#closing[node] = NONE;
    this.#firstChild[node] = NONE;
    this.#lastChild[node] = NONE;
    this.#childCount[node] = 0;
    this.#weight[node] = 0;
    this.#settledNs[node] = this.#nowNs;
    this.#unknownNs[node] = 0;
    this.#pendingNs[node] = 0;
    this.#onMoved?.(node);
    return node;
  }

  #grow(): number {
    const length = ++this.#size;
    this.#isFront = grown(this.#isFront, length);
    this.#parent = grown(this.#parent, length);
    this.#closing = grown(this.#closing, length);
    this.#firstChild = grown(this.#firstChild, length);
    this.#lastChild = grown(this.#lastChild, length);
    this.#childCount = grown(this.#childCount, length);
    this.#nextSibling = grown(this.#nextSibling, length);
    this.#previousSibling = grown(this.#previousSibling, length);
    this.#weight = grown(this.#weight, length);
    this.#kind = grown(this.#kind, length);
    this.#cycleOf = grown(this.#cycleOf, length);
    this.#settledNs = grown(this.#settledNs, length);
    this.#unknownNs = grown(this.#unknownNs, length);
    this.#pendingNs = grown(this.#pendingNs, length);
    return length - 1;
  }

  /** Returns the root. */
  #addWeight(node: number, change: number): number {
    for (let at = node; ; ) {
      const parent = this.#parent[at]!;
      if (parent === NONE) {
        this.#settleRoot(at);
        this.#weight[at]! += change;
        return at;
      }
      this.#settleMember(at, parent);
      this.#weight[at]! += change;
      at = parent;
    }
  }

  /** The cycle is open now, so its root gets its link. */
  #reopen(root: number): void {
    const parent = this.#closing[root]!;
    this.#cycles--;
    this.#closing[root] = NONE;
    this.#kind[root] = RootKind.running;
    this.link(root, parent);
  }

  /** Of the tasks along a closed way. */
  #smallestTask(node: number, parent: number): number {
    let smallest = this.#isFront[node] === 1 ? NONE : node;
    for (let at = parent; at !== node; at = this.#parent[at]!) {
      const isSmaller = smallest === NONE || this.#tidOf(at) < this.#tidOf(smallest);
      smallest = this.#isFront[at] === 0 && isSmaller ? at : smallest;
    }
    return smallest;
  }

  #settleRoot(root: number): void {
    const ns = this.#nowNs - this.#settledNs[root]!;
    this.#settledNs[root] = this.#nowNs;
    if (ns === 0) {
      return;
    }
    if (this.#isFront[root] === 1 && this.#kind[root] === RootKind.unknown) {
      this.#unknownNs[root]! += ns;
    } else if (this.#weight[root] !== 0) {
      this.#onTime(this.ownerOf(root), this.#kind[root]!, this.#weight[root]! * ns);
    }
  }

  #settleMember(node: number, parent: number): void {
    if (this.#isFront[parent] === 1) {
      this.#pendingNs[node]! += this.#memberNs(node, parent);
      this.#unknownNs[node] = this.#unknownOf(parent);
    }
  }

  #memberNs(task: number, front: number): number {
    return this.#weight[task]! * (this.#unknownOf(front) - this.#unknownNs[task]!);
  }

  #unknownOf(front: number): number {
    const isUnknown = this.#parent[front] === NONE && this.#kind[front] === RootKind.unknown;
    return this.#unknownNs[front]! + (isUnknown ? this.#nowNs - this.#settledNs[front]! : 0);
  }

  #addChild(parent: number, node: number): void {
    const last = this.#lastChild[parent]!;
    this.#nextSibling[node] = NONE;
    this.#previousSibling[node] = last;
    this.#lastChild[parent] = node;
    this.#childCount[parent]!++;
    if (last === NONE) {
      this.#firstChild[parent] = node;
    } else {
      this.#nextSibling[last] = node;
    }
  }

  #removeChild(parent: number, node: number): void {
    const next = this.#nextSibling[node]!;
    const previous = this.#previousSibling[node]!;
    this.#childCount[parent]!--;
    if (previous === NONE) {
      this.#firstChild[parent] = next;
    } else {
      this.#nextSibling[previous] = next;
    }
    if (next === NONE) {
      this.#lastChild[parent] = previous;
    } else {
      this.#previousSibling[next] = previous;
    }
  }
}
