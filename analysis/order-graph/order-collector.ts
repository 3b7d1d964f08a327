import { MODES, NO_TID, NONE } from '../../src/trace/index.ts';
import type { Hold } from '../replay/hold-tracker.ts';
import type { HoldEnd, ReplayObserver } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import { edgeKey, type OrderEdge, OrderEdges, type Witness } from './order-edges.ts';
import { mayAwaitWriteback, reachOfAllocation } from './reclaim-rules.ts';
import { Relation, ResourceClasses } from './resource-classes.ts';
import { SightingProofs } from './sighting-proofs.ts';
import { StackFact, StackFacts } from './stack-facts.ts';

/** What one task has open: holds in the order in which they were taken, each with its class. */
interface TaskHolds {
  readonly holds: Hold[];
  readonly classes: number[];
  reclaims: number;
  allocations: number;
  /** What it waited for last: taking that is the same sighting. */
  waitedFor: number;
}

/** What is being taken or may be waited for. */
interface Wanted {
  readonly tid: number;
  readonly tsNs: number;
  readonly cls: number;
  /** NONE: some resource of the class. */
  readonly resource: number;
  readonly isRead: boolean;
  readonly stack: number;
  readonly fn: number;
}

const READ = MODES.indexOf('read');
const WRITE = MODES.indexOf('write');
/** More gates than a circle could need. */
const MAX_GATES = 8;
/** Held at once by one task; beyond that the oldest are left aside. */
const MAX_HELD = 4096;
/** To begin holding these is to start something, not to take it from another: only waits for their end can block. */
const BEGUN_KINDS = ['folio_writeback', 'transaction', 'fuse_request', 'completion'];
const UNTOLD_CONTEXT = StackFact.interrupt | StackFact.openCall;

/**
 * Watches a replay for who holds one thing while it takes, or waits for, another. Memory grows with classes, orders and what
 * is open.
 */
export class OrderCollector implements ReplayObserver {
  readonly classes: ResourceClasses;
  readonly edges = new OrderEdges();
  /** Stands for the writeback of whatever folio: what an allocation may wait for. */
  readonly anyWriteback: number;
  readonly #state: ReplayState;
  readonly #facts: StackFacts;
  readonly #proofs = new SightingProofs((witness, than) => this.#tellsMore(witness, than));
  readonly #tasks = new Map<number, TaskHolds>();

  constructor(state: ReplayState) {
    const { resources, stacks } = state.tables;
    this.#state = state;
    this.classes = new ResourceClasses(resources);
    this.anyWriteback = this.classes.intern('folio_writeback', 'folio_writeback of any file system');
    this.#facts = new StackFacts(stacks);
  }

  waitBegan(row: number): void {
    const { table } = this.#state.waits;
    const task = this.#tasks.get(table.tid[row]!);
    const stack = table.stack[row]!;
    const facts = this.#facts.of(stack);
    const resource = table.resource[row]!;
    if (table.mode[row] === WRITE) {
      this.#noteWrite(resource);
    }
    const holdsNothing = task === undefined || task.holds.length === 0;
    if ((holdsNothing && (facts & StackFact.reclaim) === 0) || (facts & StackFact.interrupt) !== 0) {
      return;
    }
    if (task !== undefined) {
      task.waitedFor = resource;
    }
    this.#take(task, facts, {
      tid: table.tid[row]!,
      tsNs: table.beginNs[row]!,
      cls: this.classes.of(resource),
      resource,
      isRead: table.mode[row] === READ,
      stack,
      fn: NONE,
    });
  }

  holdBegan(hold: Hold): void {
    const facts = this.#facts.of(hold.stack);
    const cls = this.classes.of(hold.resource);
    if (cls === NONE || hold.tid === NO_TID || (facts & UNTOLD_CONTEXT) !== 0) {
      return;
    }
    const { kind } = this.classes.get(cls);
    if (kind === 'spinlock' && hold.stack === NONE) {
      return; // Perhaps an interrupt's: nothing says on whose behalf it was taken.
    }
    if (hold.mode === WRITE) {
      this.#noteWrite(hold.resource);
    }
    const task = this.#taskOf(hold.tid);
    const wasWaitedFor = task.waitedFor === hold.resource;
    task.waitedFor = NONE;
    if (kind === 'reclaim') {
      this.#enterReclaim(task, hold, cls);
    } else if (!wasWaitedFor && (facts & StackFact.tries) === 0 && !BEGUN_KINDS.includes(kind)) {
      const { tid, resource, sinceNs: tsNs, stack } = hold;
      this.#take(task, facts, { tid, tsNs, cls, resource, isRead: hold.mode === READ, stack, fn: NONE });
    }
    this.#push(task, hold, cls);
  }

  waitEnded(row: number): void {
    const { table } = this.#state.waits;
    this.#proofs.waitEnded(table.resource[row]!, table.endNs[row]!);
  }

  holdEnded(hold: Hold, tsNs: number, _stack: number, how: HoldEnd): void {
    this.#proofs.holdEnded(hold, tsNs, how, this.#state.waits.countWaiters(hold.resource));
    const task = this.#tasks.get(hold.tid);
    const position = task === undefined ? -1 : task.holds.lastIndexOf(hold);
    if (task === undefined || position < 0) {
      return;
    }
    task.reclaims -= this.classes.get(task.classes[position]!).kind === 'reclaim' ? 1 : 0;
    if (position === task.holds.length - 1) {
      task.holds.pop();
      task.classes.pop();
    } else {
      task.holds.splice(position, 1);
      task.classes.splice(position, 1);
    }
  }

  allocBegan(tid: number, fn: number, gfp: number, stack: number, tsNs: number): void {
    const task = this.#taskOf(tid);
    task.allocations++;
    const reach = reachOfAllocation(fn, gfp);
    const isInterrupt = (this.#facts.of(stack) & StackFact.interrupt) !== 0;
    // A task that reclaims may use the reserves, and its allocations enter no reclaim of their own.
    if (reach === undefined || task.holds.length === 0 || task.reclaims > 0 || isInterrupt) {
      return;
    }
    const wanted = { tid, tsNs, resource: NONE, isRead: false, stack, fn };
    this.#order(task, { ...wanted, cls: this.classes.intern('reclaim', reach.reclaim) });
    if (reach.writeback) {
      this.#order(task, { ...wanted, cls: this.anyWriteback });
    }
  }

  allocEnded(tid: number): void {
    const task = this.#tasks.get(tid);
    if (task !== undefined && task.allocations > 0) {
      task.allocations--;
    }
  }

  taskStarted(tid: number): void {
    this.#tasks.delete(tid);
  }

  /**
   * Orders with the sighting to be shown. A change of nothing: asked in the middle of a capture, it says what is known then.
   *
   * @param onlyProven the capture tells holds because of waits, so it must be sure that what is held was not let go before
   */
  *orders(onlyProven: boolean): Generator<readonly [edge: OrderEdge, witness: Witness]> {
    const present = onlyProven
      ? this.#proofs.present((resource) => this.#state.waits.countWaiters(resource))
      : undefined;
    for (const edge of this.edges.all()) {
      const witness = onlyProven ? (edge.proof ?? present?.get(edge)) : edge.witness;
      if (witness !== undefined) {
        yield [edge, witness];
      }
    }
  }

  /** A pass of reclaim begins. Inside an allocation that was told, its order was told with that. */
  #enterReclaim(task: TaskHolds, hold: Hold, cls: number): void {
    if (task.allocations === 0 && task.reclaims === 0) {
      const { tid, sinceNs: tsNs, stack, resource } = hold;
      const wanted = { tid, tsNs, isRead: false, stack, fn: NONE };
      this.#order(task, { ...wanted, cls, resource });
      if (mayAwaitWriteback(this.#state.tables.resources.label(resource))) {
        this.#order(task, { ...wanted, cls: this.anyWriteback, resource: NONE });
      }
    }
    task.reclaims++;
  }

  /** Orders of what is held, and of reclaim where the stack shows the task in the middle of it. */
  #take(task: TaskHolds | undefined, facts: number, wanted: Wanted): void {
    if (wanted.cls === NONE || task?.holds.some(({ resource }) => resource === wanted.resource)) {
      return;
    }
    if (task !== undefined) {
      this.#order(task, wanted, (facts & StackFact.tree) !== 0);
    }
    // That it waits for writeback is told by the allocation that led to it, with what was held then.
    const isInReclaim = (facts & StackFact.reclaim) !== 0 && (task?.reclaims ?? 0) === 0;
    if (isInReclaim && this.classes.get(wanted.cls).kind !== 'folio_writeback') {
      const reclaim = this.classes.intern('reclaim', 'reclaim');
      this.#see(task, undefined, reclaim, wanted, wanted.cls, Relation.any);
    }
  }

  /** @param byTree two locks of one class are taken in the order of the tree of directories */
  #order(task: TaskHolds, wanted: Wanted, byTree = false): void {
    let before = NONE;
    for (let i = task.holds.length - 1; i >= 0; i--) {
      const hold = task.holds[i]!;
      const held = task.classes[i]!;
      const relation =
        wanted.resource === NONE ? Relation.any : this.classes.relate(hold.resource, wanted.resource);
      // A writer holds hundreds of pages of one class: the same order once more is no news.
      const run = held * 8 + relation;
      if (run !== before) {
        before = run;
        this.#orderPair(task, hold, held, wanted, relation, byTree);
      }
    }
  }

  #orderPair(
    task: TaskHolds,
    hold: Hold,
    held: number,
    wanted: Wanted,
    relation: number,
    byTree: boolean,
  ): void {
    if (held !== wanted.cls) {
      if (this.#isTelling(held, wanted.cls)) {
        this.#see(task, hold, held, wanted, wanted.cls, relation);
      }
    } else if (relation === Relation.up || relation === Relation.down) {
      this.#see(task, hold, held, wanted, held, relation);
    } else if (relation !== Relation.same && !byTree && wanted.resource !== NONE) {
      const one = this.classes.instance(hold.resource);
      const other = this.classes.instance(wanted.resource);
      if (one !== NONE && other !== NONE && one !== other) {
        this.#see(task, hold, one, wanted, other, Relation.any);
      }
    }
  }

  /**
   * Pages come and go at an address, so the address alone proves nothing of two pages. Only one order of them is kept:
   * a lock taken under writeback, since what it is taken together with there is the lock that a fault may hold.
   */
  #isTelling(held: number, wanted: number): boolean {
    const holds = this.classes.get(held);
    const wants = this.classes.get(wanted);
    if (!holds.kind.startsWith('folio_') || !wants.kind.startsWith('folio_')) {
      // Whatever is done in a pass of reclaim, its waits for writeback belong to the allocation.
      return holds.kind !== 'reclaim' || wants.kind !== 'folio_writeback';
    }
    const isAddress = holds.isInstance || wants.isInstance;
    const isWriter = holds.kind === 'folio_writeback' && wants.kind === 'folio_lock';
    return wanted === this.anyWriteback || !isAddress || (isWriter && holds.isInstance === wants.isInstance);
  }

  #see(
    task: TaskHolds | undefined,
    hold: Hold | undefined,
    held: number,
    wanted: Wanted,
    cls: number,
    relation: number,
  ): void {
    const key = edgeKey(held, cls, relation, hold?.mode === READ, wanted.isRead);
    const known = this.edges.again(key);
    if (known === undefined) {
      const edge = this.edges.add(key, this.#findGates(task, hold), describeWitness(hold, wanted));
      this.#awaitProof(edge, hold, wanted);
      return;
    }
    if (known.gates.length > 0) {
      known.gates = known.gates.filter((gate) => isHeldAlone(task, gate));
    }
    if (known.witness.stack !== wanted.stack && this.#tellsMore(wanted, known.witness)) {
      known.witness = describeWitness(hold, wanted);
    }
    if (known.proof === undefined || this.#tellsMore(wanted, known.proof)) {
      this.#awaitProof(known, hold, wanted);
    }
  }

  /** Who started a writeback is told with somebody's wait for it, and when its bio was submitted only at the next look. */
  #awaitProof(edge: OrderEdge | undefined, hold: Hold | undefined, wanted: Wanted): void {
    if (edge === undefined) {
      return;
    }
    const witness = describeWitness(hold, wanted);
    if (hold === undefined) {
      edge.proof = witness;
    } else if ((this.#facts.of(hold.stack) & StackFact.toldLater) === 0) {
      this.#proofs.add(hold, { edge, witness });
    }
  }

  /** From where it was wanted, and not only in which function. */
  #tellsMore({ stack }: Pick<Wanted, 'stack'>, than: Witness): boolean {
    const isBrief = (one: number) => (this.#facts.of(one) & StackFact.brief) !== 0;
    return (isBrief(than.stack) && !isBrief(stack)) || (than.stack === NONE && stack !== NONE);
  }

  #findGates(task: TaskHolds | undefined, held: Hold | undefined): number[] {
    const gates = task?.holds.filter(
      (hold, i) =>
        hold !== held && hold.mode !== READ && this.classes.get(task.classes[i]!).kind !== 'reclaim',
    );
    return (gates ?? []).slice(0, MAX_GATES).map(({ resource }) => resource);
  }

  #noteWrite(resource: number): void {
    const cls = this.classes.of(resource);
    if (cls !== NONE) {
      this.classes.get(cls).isWritten = true;
    }
  }

  #taskOf(tid: number): TaskHolds {
    let task = this.#tasks.get(tid);
    if (task === undefined) {
      task = { holds: [], classes: [], reclaims: 0, allocations: 0, waitedFor: NONE };
      this.#tasks.set(tid, task);
    }
    return task;
  }

  #push(task: TaskHolds, hold: Hold, cls: number): void {
    if (task.holds.length >= MAX_HELD) {
      task.holds.splice(0, MAX_HELD / 2);
      task.classes.splice(0, MAX_HELD / 2);
    }
    task.holds.push(hold);
    task.classes.push(cls);
  }
}

function describeWitness(hold: Hold | undefined, { tid, tsNs, resource, stack, fn }: Wanted): Witness {
  return {
    tid,
    tsNs,
    heldResource: hold?.resource ?? NONE,
    heldSinceNs: hold?.sinceNs ?? NONE,
    heldStack: hold?.stack ?? NONE,
    wantedResource: resource,
    stack,
    fn,
  };
}

function isHeldAlone(task: TaskHolds | undefined, resource: number): boolean {
  return task?.holds.some((hold) => hold.resource === resource && hold.mode !== READ) ?? false;
}
