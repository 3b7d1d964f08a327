import { EVIDENCES, type Evidence, NO_TID, NONE } from '../src/trace/index.ts';
import type { InferredHolder } from './infer-from-stacks.ts';
import { type Hold, isShared, READ, WRITE } from './replay/hold-tracker.ts';
import type { ReplayState } from './replay/replay.ts';
import type { WaitTable } from './replay/wait-tracker.ts';

/** What one wait is for, at that moment. */
export interface Blocker {
  /** undefined: nobody is known, or a device (then `io`). */
  readonly tid: number | undefined;
  readonly io: boolean;
  readonly evidence: Evidence;
  /** false: ahead in the queue, not a holder. */
  readonly hard: boolean;
  /** The acquisition, where it was seen. */
  readonly hold: Hold | undefined;
  /** With evidence from stacks: what shows that the blocker has it. */
  readonly why?: string;
}

/**
 * The blockers of a wait. All of them must let go before it can end. Waits of one resource share the very same array
 * where they have the same blockers, so that a hundred thousand waiters behind a thousand readers stay small.
 */
export type BlockerSet = readonly Blocker[];

const IN_FLIGHT: BlockerSet = [{ tid: undefined, io: true, evidence: 'traced', hard: true, hold: undefined }];
const NOBODY_KNOWN: BlockerSet = [
  { tid: undefined, io: false, evidence: 'unknown', hard: true, hold: undefined },
];

/** Says whom open waits are for, from the state at one moment: it may not change while one finder is asked. */
export class BlockerFinder {
  readonly #state: ReplayState;
  readonly #waits: WaitTable;
  readonly #holders = new Map<number, BlockerSet>();
  readonly #inferred: ReadonlyMap<number, readonly InferredHolder[]>;

  /** @param inferred holders by the row of the wait, for waits of which nothing else is known */
  constructor(state: ReplayState, inferred: ReadonlyMap<number, readonly InferredHolder[]> = new Map()) {
    this.#state = state;
    this.#waits = state.waits.table;
    this.#inferred = inferred;
  }

  /** One set, or two where a named holder comes on top of the readers that were seen; never empty. */
  find(row: number): readonly BlockerSet[] {
    if (this.#state.io.isInFlight(this.#waits.resource[row]!)) {
      return [IN_FLIGHT];
    }
    const seen = this.#seenBlockers(row);
    const named = this.#namedBlocker(row);
    if (seen.length > 0) {
      return named === undefined ? [seen] : combine(seen, named);
    }
    if (named === undefined || this.#isHint(row, named)) {
      return [this.#queueBlocker(row) ?? (named === undefined ? this.#nobodyKnown(row) : [named])];
    }
    return [[named]];
  }

  /** Nobody holds an I/O but the device. */
  #nobodyKnown(row: number): BlockerSet {
    const inferred = this.#inferred.get(row);
    if (inferred !== undefined) {
      return inferred.map(describeInferred);
    }
    return this.#kindOf(row) === 'io' ? IN_FLIGHT : NOBODY_KNOWN;
  }

  /** A reader that meets readers waits for the writer between them; the field that names one of them tells no blocker. */
  #isHint(row: number, { tid, evidence }: Blocker): boolean {
    return evidence === 'unknown' || this.#sharesWithReader(row, tid!);
  }

  /** Open holds that keep this wait waiting: every one for a writer, only an exclusive one for a reader. */
  #seenBlockers(row: number): BlockerSet {
    const all = this.#holdersOf(this.#waits.resource[row]!);
    return this.#waits.mode[row] === READ && areReaders(all) ? [] : all;
  }

  #holdersOf(resource: number): BlockerSet {
    let blockers = this.#holders.get(resource);
    if (blockers === undefined) {
      blockers = Array.from(this.#state.holds.holdsOf(resource))
        .filter(({ tid, at }) => this.#state.lives.isSame(tid, at))
        .sort((a, b) => a.tid - b.tid)
        .map((hold) => ({ tid: hold.tid, io: false, evidence: 'traced', hard: true, hold }));
      this.#holders.set(resource, blockers);
    }
    return blockers;
  }

  /** The holder that the wait itself came with, unless it was seen taking the resource or something contradicts it. */
  #namedBlocker(row: number): Blocker | undefined {
    const tid = this.#waits.holderTid[row]!;
    const at = this.#waits.namedAt[row]!;
    const resource = this.#waits.resource[row]!;
    const { holds, lives } = this.#state;
    if (tid === NO_TID || at === NONE || !holds.stillHolds(resource, tid, at) || !lives.isSame(tid, at)) {
      return undefined;
    }
    const evidence = EVIDENCES[this.#waits.evidence[row]!] ?? 'unknown';
    if (!isDirect(evidence) && this.#isWaiting(tid, resource)) {
      // That a task waits for what it has is a strong claim, about the waiter as about any other; a guess is not enough for it.
      return undefined;
    }
    const hard = this.#isHard(row, tid, evidence);
    return { tid, io: false, evidence, hard, hold: holds.holdOf(resource, tid) };
  }

  #isWaiting(tid: number, resource: number): boolean {
    return this.#state.waits.openWait(tid, resource) !== undefined;
  }

  /** Not hard: the named task queues for the resource itself, or is a reader like the waiter. */
  #isHard(row: number, tid: number, evidence: Evidence): boolean {
    if (this.#sharesWithReader(row, tid)) {
      return false;
    }
    const ahead = this.#state.waits.openWait(tid, this.#waits.resource[row]!);
    const queues = ahead !== undefined && tid !== this.#waits.tid[row];
    return !queues || (evidence === 'owner-field' && this.#isDrain(row, ahead));
  }

  /**
   * The writer of a percpu_rwsem shuts the lock to new readers first and then waits for those inside to leave: these
   * are blocked by it, and not by the order of a queue, before it has the lock.
   */
  #isDrain(row: number, ahead: number): boolean {
    const { mode } = this.#waits;
    return this.#kindOf(row) === 'percpu_rwsem' && mode[row] === READ && mode[ahead] === WRITE;
  }

  #kindOf(row: number): string {
    return this.#state.tables.resources.kind(this.#waits.resource[row]!);
  }

  /** A reader is not blocked by another reader, only by a writer that queues between them. */
  #sharesWithReader(row: number, tid: number): boolean {
    const hold = this.#state.holds.holdOf(this.#waits.resource[row]!, tid);
    return this.#waits.mode[row] === READ && hold !== undefined && isShared(hold);
  }

  #queueBlocker(row: number): BlockerSet | undefined {
    const writer = this.#state.waits.firstWriter(this.#waits.resource[row]!);
    if (this.#waits.mode[row] !== READ || writer === undefined) {
      return undefined;
    }
    const { beginNs, tid } = this.#waits;
    const isAhead = beginNs[writer]! <= beginNs[row]!;
    return isAhead
      ? [{ tid: tid[writer]!, io: false, evidence: 'traced', hard: false, hold: undefined }]
      : undefined;
  }
}

/** Which of several stacks it is nothing shows, so none of them is shown to hold it. */
function describeInferred({ tid, why, isOneOfSeveral }: InferredHolder): Blocker {
  const evidence = isOneOfSeveral ? 'unknown' : 'stack';
  return { tid, io: false, evidence, hard: true, hold: undefined, why };
}

/** Both what was seen and what the wait named, which are different tasks unless the named one was seen as well. */
function combine(seen: BlockerSet, named: Blocker): readonly BlockerSet[] {
  if (named.hold !== undefined || !named.hard) {
    return [seen];
  }
  if (areReaders(seen)) {
    // A lock's owner field is only a hint while readers hold it: who was seen among them is better.
    return named.evidence === 'traced' ? [seen, [named]] : [seen];
  }
  // Named after the one acquisition that was seen, so the release in between was missed.
  return isDirect(named.evidence) ? [[named]] : [seen];
}

/** Holders are either one exclusive task or readers only, so the first tells for all. */
function areReaders(holders: BlockerSet): boolean {
  const hold = holders[0]?.hold;
  return hold !== undefined && isShared(hold);
}

function isDirect(evidence: Evidence): boolean {
  return evidence === 'traced' || evidence === 'owner-field';
}
