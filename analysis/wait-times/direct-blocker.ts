import { EVIDENCES, NO_TID, NONE } from '../../src/trace/index.ts';
import { type Hold, isShared, READ, WRITE } from '../replay/hold-tracker.ts';
import type { ReplayState } from '../replay/replay.ts';
import type { WaitTable } from '../replay/wait-tracker.ts';
import { RootKind } from './wait-forest.ts';

const TRACED = EVIDENCES.indexOf('traced');
const OWNER_FIELD = EVIDENCES.indexOf('owner-field');
const UNKNOWN = EVIDENCES.indexOf('unknown');

/** How waits that name no holder stand before a resource: all of one front are for the same. */
export const FrontKind = {
  /** Not for reading: any holder blocks them. */
  exclusive: 0,
  /** For reading, a writer queues ahead. */
  readersBehindWriter: 1,
  /** For reading, only a holder that does not share blocks them. */
  readers: 2,
} as const;

/** Whom a front or wait is for: a tid, or a way of being for nobody. */
export interface Target {
  readonly tid: number;
  /** Of RootKind, where tid is NO_TID. */
  readonly kind: number;
}

const DEVICE: Target = { tid: NO_TID, kind: RootKind.io };
const NOBODY_KNOWN: Target = { tid: NO_TID, kind: RootKind.unknown };

/**
 * The one blocker that time counts for: BlockerFinder's rules, asked after every event. Of several holders it is the one
 * that has had the resource longest without a break; when that one lets go, the next.
 */
export class DirectBlocker {
  readonly #state: ReplayState;
  readonly #waits: WaitTable;
  readonly #isAlive: (hold: Hold) => boolean;

  constructor(state: ReplayState) {
    this.#state = state;
    this.#waits = state.waits.table;
    this.#isAlive = ({ tid, at }) => state.lives.isSame(tid, at);
  }

  /** The holder that the wait came with, as long as nothing contradicts it; NO_TID for ever after that. */
  namedBy(row: number): number {
    const tid = this.#waits.holderTid[row]!;
    const at = this.#waits.namedAt[row]!;
    const { holds, lives } = this.#state;
    const counts =
      tid !== NO_TID &&
      at !== NONE &&
      holds.stillHolds(this.#waits.resource[row]!, tid, at) &&
      lives.isSame(tid, at);
    return counts ? tid : NO_TID;
  }

  /** Whether a wait is for the holder that it names, and not for whomever its front is for. */
  isForNamed(row: number, named: number): boolean {
    const resource = this.#waits.resource[row]!;
    if (this.#state.io.isInFlight(resource) || this.#isDismissed(row, named)) {
      return false;
    }
    const seen = this.#seenHold(row);
    if (seen === undefined) {
      return !this.#isHint(row, named) || this.#frontKind(row) !== FrontKind.readersBehindWriter;
    }
    const isBetter = !isShared(seen) && isDirect(this.#waits.evidence[row]!);
    return isBetter && this.#state.holds.holdOf(resource, named) === undefined && this.#isHard(row, named);
  }

  frontKind(row: number): number {
    return this.#frontKind(row);
  }

  /** Whom the waits of a front are for. */
  target(resource: number, front: number): Target {
    if (this.#state.io.isInFlight(resource)) {
      return DEVICE;
    }
    const hold = this.#state.holds.firstHold(resource, this.#isAlive);
    if (hold !== undefined && (front === FrontKind.exclusive || !isShared(hold))) {
      return { tid: hold.tid, kind: RootKind.running };
    }
    const writer = front === FrontKind.readersBehindWriter ? this.#firstWriter(resource) : undefined;
    if (writer !== undefined) {
      return { tid: this.#waits.tid[writer]!, kind: RootKind.running };
    }
    return this.#state.tables.resources.kind(resource) === 'io' ? DEVICE : NOBODY_KNOWN;
  }

  #frontKind(row: number): number {
    if (this.#waits.mode[row] !== READ) {
      return FrontKind.exclusive;
    }
    const writer = this.#firstWriter(this.#waits.resource[row]!);
    const { beginNs } = this.#waits;
    return writer !== undefined && beginNs[writer]! <= beginNs[row]!
      ? FrontKind.readersBehindWriter
      : FrontKind.readers;
  }

  #firstWriter(resource: number): number | undefined {
    return this.#state.waits.firstWriter(resource);
  }

  #seenHold(row: number): Hold | undefined {
    const hold = this.#state.holds.firstHold(this.#waits.resource[row]!, this.#isAlive);
    return hold !== undefined && this.#waits.mode[row] === READ && isShared(hold) ? undefined : hold;
  }

  /** A guess that names a task which waits for the resource itself. */
  #isDismissed(row: number, named: number): boolean {
    const { evidence, resource } = this.#waits;
    return !isDirect(evidence[row]!) && this.#state.waits.openWait(named, resource[row]!) !== undefined;
  }

  #isHint(row: number, named: number): boolean {
    return this.#waits.evidence[row] === UNKNOWN || this.#sharesWithReader(row, named);
  }

  #isHard(row: number, named: number): boolean {
    if (this.#sharesWithReader(row, named)) {
      return false;
    }
    const { tid, resource, mode, evidence } = this.#waits;
    const ahead = this.#state.waits.openWait(named, resource[row]!);
    if (ahead === undefined || named === tid[row]) {
      return true;
    }
    const isDrain = mode[row] === READ && mode[ahead] === WRITE;
    return (
      isDrain &&
      evidence[row] === OWNER_FIELD &&
      this.#state.tables.resources.kind(resource[row]!) === 'percpu_rwsem'
    );
  }

  #sharesWithReader(row: number, named: number): boolean {
    const { mode, resource } = this.#waits;
    const hold = mode[row] === READ ? this.#state.holds.holdOf(resource[row]!, named) : undefined;
    return hold !== undefined && isShared(hold);
  }
}

function isDirect(evidence: number): boolean {
  return evidence === TRACED || evidence === OWNER_FIELD;
}
