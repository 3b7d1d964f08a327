import { MODES, NO_TID, NONE } from '../../src/trace/index.ts';
import type { Hold } from '../replay/hold-tracker.ts';
import type { HoldEnd, ReplayObserver } from '../replay/observer.ts';
import type { ReplayState } from '../replay/replay.ts';
import { type OrderEdge, OrderEdges, SETTLED, variantOf, type Witness } from './order-edges.ts';
import { mayAwaitWriteback, reachOfAllocation } from './reclaim-rules.ts';
import { type LockClass, Relation, ResourceClasses } from './resource-classes.ts';
import { SightingProofs } from './sighting-proofs.ts';
import { StackFact, StackFacts } from './stack-facts.ts';
import { HoldMark, MAX_HELD, removeHold, type TaskHolds, TaskTable } from './task-holds.ts';

/** An order, the sighting of it to be shown, and how often it was seen. */
export interface SeenOrder {
  readonly edge: OrderEdge;
  readonly witness: Witness;
  readonly count: number;
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
/** Seen so often, an order is shown by the best sighting so far. */
const ENOUGH_SIGHTINGS = 64;
const UNTOLD_CONTEXT = StackFact.interrupt | StackFact.openCall;

/**
 * Watches a replay for who holds one thing while it takes, or waits for, another. Memory grows with classes, orders, tasks and
 * what is open.
 */
export class OrderCollector implements ReplayObserver {
  readonly classes: ResourceClasses;
  readonly edges = new OrderEdges();
  /** Stands for the writeback of whatever folio: what an allocation may wait for. */
  readonly anyWriteback: number;
  readonly #state: ReplayState;
  readonly #facts: StackFacts;
  readonly #proofs = new SightingProofs((witness, than) => this.#tellsMore(witness.stack, than));
  readonly #tasks = new TaskTable();
  /** By function and mask: masks are few. */
  readonly #reaches = new Map<number, readonly number[]>();

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
    const resource = table.resource[row]!;
    const cls = this.classes.of(resource);
    if (cls === NONE) {
      return;
    }
    if (table.mode[row] === WRITE) {
      this.classes.get(cls).isWritten = true;
    }
    const stack = table.stack[row]!;
    const facts = this.#facts.of(stack);
    const holdsNothing = task === undefined || task.holds.length === 0;
    if ((holdsNothing && (facts & StackFact.reclaim) === 0) || (facts & StackFact.interrupt) !== 0) {
      return;
    }
    if (task !== undefined) {
      task.waitedFor = resource;
    }
    const isRead = table.mode[row] === READ;
    if (task !== undefined && this.#isOldNews(task, facts, cls, resource, isRead)) {
      return;
    }
    const tsNs = table.beginNs[row]!;
    this.#take(task, facts, { tid: table.tid[row]!, tsNs, cls, resource, isRead, stack, fn: NONE });
  }

  waitEnded(row: number): void {
    const { table } = this.#state.waits;
    this.#proofs.waitEnded(table.resource[row]!, table.endNs[row]!);
  }

  holdBegan(hold: Hold): void {
    const { tid, resource, mode, stack, sinceNs: tsNs } = hold;
    const cls = this.classes.of(resource);
    const facts = this.#facts.of(stack);
    if (cls === NONE || tid === NO_TID || (facts & UNTOLD_CONTEXT) !== 0) {
      return;
    }
    const known = this.classes.get(cls);
    if (known.isSpinlock && stack === NONE) {
      return; // Perhaps an interrupt's: nothing says on whose behalf it was taken.
    }
    if (mode === WRITE) {
      known.isWritten = true;
    }
    const task = this.#tasks.of(tid);
    const wasWaitedFor = task.waitedFor === resource;
    task.waitedFor = NONE;
    let ordered = wasWaitedFor;
    if (known.isReclaim) {
      this.#enterReclaim(task, hold, cls);
    } else if (!wasWaitedFor && (facts & StackFact.tries) === 0 && !known.isBegun) {
      ordered = true;
      if (!this.#isOldNews(task, facts, cls, resource, mode === READ)) {
        this.#take(task, facts, { tid, tsNs, cls, resource, isRead: mode === READ, stack, fn: NONE });
      }
    }
    if (task.holds.length >= MAX_HELD) {
      this.#forget(task, MAX_HELD / 2);
    }
    task.holds.push(hold);
    task.marks.push((cls << HoldMark.classShift) | (ordered && mode !== READ ? HoldMark.ordered : 0));
  }

  holdEnded(hold: Hold, tsNs: number, _stack: number, how: HoldEnd): void {
    const task = this.#tasks.get(hold.tid);
    const mark = task === undefined ? NONE : removeHold(task, hold);
    if (task === undefined || mark === NONE) {
      return;
    }
    if ((mark & HoldMark.unproven) !== 0) {
      this.#proofs.holdEnded(hold, tsNs, how, this.#state.waits);
    }
    if (task.reclaims > 0 && this.classes.get(mark >> HoldMark.classShift).isReclaim) {
      task.reclaims--;
    }
  }

  allocBegan(tid: number, fn: number, gfp: number, stack: number, tsNs: number): void {
    const task = this.#tasks.of(tid);
    task.allocations++;
    // A task that reclaims may use the reserves, and its allocations enter no reclaim of their own.
    if (task.holds.length === 0 || task.reclaims > 0) {
      return;
    }
    const reach = this.#reachOf(fn, gfp);
    const facts = this.#facts.of(stack);
    if (reach.length === 0 || (facts & StackFact.interrupt) !== 0) {
      return;
    }
    for (const cls of reach) {
      if (!this.#isOldNews(task, 0, cls, NONE, false)) {
        this.#order(task, { tid, tsNs, cls, resource: NONE, isRead: false, stack, fn });
      }
    }
  }

  allocEnded(tid: number): void {
    const task = this.#tasks.get(tid);
    if (task !== undefined && task.allocations > 0) {
      task.allocations--;
    }
  }

  taskStarted(tid: number): void {
    const task = this.#tasks.get(tid);
    if (task !== undefined) {
      this.#forget(task, task.holds.length);
      task.reclaims = 0;
      task.allocations = 0;
      task.waitedFor = NONE;
    }
  }

  /**
   * Orders with the sighting to be shown. A change of nothing: asked in the middle of a capture, it says what is known then.
   *
   * @param onlyProven the capture tells holds because of waits, so it must be sure that what is held was not let go before
   */
  *orders(onlyProven: boolean): Generator<SeenOrder> {
    const present = onlyProven ? this.#proofs.present(this.#state.waits) : undefined;
    for (const edge of this.edges.all()) {
      const witness = onlyProven ? (edge.proof ?? present?.get(edge)) : edge.witness;
      if (witness !== undefined) {
        yield { edge, witness, count: this.edges.countOf(edge) };
      }
    }
  }

  /** The oldest holds of a task are nobody's any more, or too many. */
  #forget({ holds, marks }: TaskHolds, count: number): void {
    for (const hold of holds.splice(0, count)) {
      this.#proofs.forget(hold);
    }
    marks.splice(0, count);
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

  /** Classes of what an allocation may wait for. */
  #reachOf(fn: number, gfp: number): readonly number[] {
    const key = gfp * 64 + fn;
    let classes = this.#reaches.get(key);
    if (classes === undefined) {
      const reach = reachOfAllocation(fn, gfp);
      const reclaim = reach === undefined ? [] : [this.classes.intern('reclaim', reach.reclaim)];
      classes = reach?.writeback ? [...reclaim, this.anyWriteback] : reclaim;
      this.#reaches.set(key, classes);
    }
    return classes;
  }

  /** Whether taking this now tells nothing but that an order was seen once more: most often so, and then it must be cheap. */
  #isOldNews(
    { holds, marks }: TaskHolds,
    facts: number,
    cls: number,
    resource: number,
    isRead: boolean,
  ): boolean {
    const last = holds.length - 1;
    if ((facts & StackFact.reclaim) !== 0 || last < 0) {
      return (facts & StackFact.reclaim) === 0;
    }
    const mark = marks[last]!;
    const held = mark >> HoldMark.classShift;
    const hold = holds[last]!;
    if ((mark & HoldMark.ordered) === 0 || held === cls || hold.resource === resource) {
      return false;
    }
    const relation = resource === NONE ? Relation.any : this.classes.relate(hold.resource, resource);
    const known = this.edges.countSettled(held, cls, variantOf(relation, hold.mode === READ, isRead));
    if (known !== NONE) {
      return known === SETTLED;
    }
    const isLeftOut = !this.edges.hasRoom(this.#isOfInstances(held, cls));
    this.edges.leftOut += isLeftOut ? 1 : 0;
    return isLeftOut;
  }

  /** Orders of what is held, and of reclaim where the stack shows the task in the middle of it. */
  #take(task: TaskHolds | undefined, facts: number, wanted: Wanted): void {
    if (task !== undefined && holdsAlready(task, wanted.resource)) {
      return;
    }
    if (task !== undefined) {
      this.#order(task, wanted, (facts & StackFact.tree) !== 0);
    }
    // That it waits for writeback is told by the allocation that led to it, with what was held then.
    const isInReclaim = (facts & StackFact.reclaim) !== 0 && (task?.reclaims ?? 0) === 0;
    if (isInReclaim && this.classes.get(wanted.cls).folio !== WRITEBACK) {
      const reclaim = this.classes.intern('reclaim', 'reclaim');
      this.#see(task, NONE, reclaim, wanted, wanted.cls, Relation.any);
    }
  }

  /**
   * Orders of what is held, from the newest on as far as they are news: what was held when something else was taken alone is
   * in the graph already, and the way through that leads here.
   *
   * @param byTree two locks of one class are taken in the order of the tree of directories
   */
  #order(task: TaskHolds, wanted: Wanted, byTree = false): void {
    const { holds, marks } = task;
    let before = NONE;
    for (let i = holds.length - 1; i >= 0; i--) {
      const hold = holds[i]!;
      const held = marks[i]! >> HoldMark.classShift;
      const relation =
        wanted.resource === NONE ? Relation.any : this.classes.relate(hold.resource, wanted.resource);
      // A writer holds hundreds of pages of one class: the same order once more is no news.
      const run = held * 8 + relation;
      if (run !== before) {
        before = run;
        this.#orderPair(task, i, held, wanted, relation, byTree);
      }
      if ((marks[i]! & HoldMark.ordered) !== 0) {
        return;
      }
    }
  }

  #orderPair(
    task: TaskHolds,
    at: number,
    held: number,
    wanted: Wanted,
    relation: number,
    byTree: boolean,
  ): void {
    if (held !== wanted.cls) {
      if (this.#isTelling(held, wanted.cls)) {
        this.#see(task, at, held, wanted, wanted.cls, relation);
      }
    } else if (relation === Relation.up || relation === Relation.down) {
      this.#see(task, at, held, wanted, held, relation);
    } else if (relation !== Relation.same && !byTree && wanted.resource !== NONE) {
      const one = this.classes.instance(task.holds[at]!.resource);
      const other = this.classes.instance(wanted.resource);
      if (one !== NONE && other !== NONE && one !== other) {
        this.#see(task, at, one, wanted, other, Relation.any);
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
    if (holds.folio === NO_FOLIO || wants.folio === NO_FOLIO) {
      // Whatever is done in a pass of reclaim, its waits for writeback belong to the allocation.
      return !holds.isReclaim || wants.folio !== WRITEBACK;
    }
    const isWriter = holds.folio === WRITEBACK && wants.folio !== WRITEBACK;
    return (
      wanted === this.anyWriteback ||
      (!holds.isInstance && !wants.isInstance) ||
      (isWriter && holds.isInstance === wants.isInstance)
    );
  }

  /** @param at position of what is held, or NONE: reclaim that only the stack shows */
  #see(
    task: TaskHolds | undefined,
    at: number,
    held: number,
    wanted: Wanted,
    cls: number,
    relation: number,
  ): void {
    const hold = at === NONE ? undefined : task!.holds[at];
    const variant = variantOf(relation, hold !== undefined && hold.mode === READ, wanted.isRead);
    const known = this.edges.countAgain(held, cls, variant);
    if (known !== NONE) {
      if (known !== SETTLED) {
        this.#seeAgain(this.edges.get(known), task, at, wanted);
      }
      return;
    }
    const ofInstances = this.#isOfInstances(held, cls);
    if (!this.edges.hasRoom(ofInstances)) {
      this.edges.leftOut++;
      return;
    }
    const witness = describeWitness(hold, wanted);
    const gates = this.#findGates(task, hold);
    this.#awaitProof(this.edges.add(held, cls, variant, ofInstances, gates, witness), task, at, witness);
  }

  #isOfInstances(held: number, wanted: number): boolean {
    return this.classes.get(held).isInstance || this.classes.get(wanted).isInstance;
  }

  #seeAgain(known: OrderEdge, task: TaskHolds | undefined, at: number, wanted: Wanted): void {
    const hold = at === NONE ? undefined : task!.holds[at];
    if (known.gates.length > 0) {
      known.gates = known.gates.filter((gate) => isHeldAlone(task, gate));
    }
    if (this.#tellsMore(wanted.stack, known.witness)) {
      known.witness = describeWitness(hold, wanted);
    }
    if (known.proof === undefined || this.#tellsMore(wanted.stack, known.proof)) {
      this.#awaitProof(known, task, at, describeWitness(hold, wanted));
    }
    const isShown = known.proof !== undefined && !this.#isBrief(known.proof.stack);
    if (known.gates.length === 0 && (isShown || this.edges.countOf(known) > ENOUGH_SIGHTINGS)) {
      this.edges.settle(known);
    }
  }

  /** Who started a writeback is told with somebody's wait for it, and when its bio was submitted only at the next look. */
  #awaitProof(edge: OrderEdge, task: TaskHolds | undefined, at: number, witness: Witness): void {
    const hold = task?.holds[at];
    if (hold === undefined) {
      edge.proof = witness;
    } else if ((this.#facts.of(hold.stack) & StackFact.toldLater) === 0) {
      task!.marks[at]! |= HoldMark.unproven;
      this.#proofs.add(hold, { edge, witness });
    }
  }

  /** From where it was wanted, and not only in which function. */
  #tellsMore(stack: number, than: Witness): boolean {
    return (
      stack !== than.stack && this.#isBrief(than.stack) && (!this.#isBrief(stack) || than.stack === NONE)
    );
  }

  #isBrief(stack: number): boolean {
    return (this.#facts.of(stack) & StackFact.brief) !== 0;
  }

  #findGates(task: TaskHolds | undefined, held: Hold | undefined): number[] {
    const gates = task?.holds.filter(
      (hold, i) =>
        hold !== held &&
        hold.mode !== READ &&
        !this.classes.get(task.marks[i]! >> HoldMark.classShift).isReclaim,
    );
    return (gates ?? []).slice(0, MAX_GATES).map(({ resource }) => resource);
  }
}

const NO_FOLIO: LockClass['folio'] = 0;
const WRITEBACK: LockClass['folio'] = 2;

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

function holdsAlready({ holds }: TaskHolds, resource: number): boolean {
  for (let i = holds.length - 1; i >= 0; i--) {
    if (holds[i]!.resource === resource) {
      return true;
    }
  }
  return false;
}

function isHeldAlone(task: TaskHolds | undefined, resource: number): boolean {
  return task?.holds.some((hold) => hold.resource === resource && hold.mode !== READ) ?? false;
}
