import type { Evidence } from '../trace/index.ts';
import type { ProbedWait } from './owner-probe.ts';

/** What the owner probe adds to a wait that its stack has told the kind of. */
export interface ProbedLock {
  readonly kind?: string;
  readonly resource?: string;
  readonly label?: string;
  readonly holder?: number;
  readonly evidence?: Evidence;
}

/** Low bits of `owner`: of a mutex flags; of an rwsem the lowest says that readers have it. */
const READER_OWNED = 1n;
/** Of an rwsem's count: somebody waits; and where the number of readers begins. */
const RWSEM_WAITERS = 2n;
const RWSEM_READER_SHIFT = 8n;
const MOST_READERS = 1n << 20n;
/** Bytes from the lock to its list of waiters. */
const MUTEX_LIST = 16n;
const RWSEM_LIST = 24n;

/**
 * A lock is named only together with an owner. One of which no more is known than its address stays `?`, so that the
 * stacks can still tell who holds it.
 */
export function probedLock(probed: ProbedWait, stackKind: string): ProbedLock {
  if (probed.type === 'page') {
    // The lock's bit is the first in every kernel; that of writeback is not the same in all.
    const kind = probed.bit === 0 ? 'folio_lock' : stackKind;
    return { kind, label: `folio 0x${probed.folio}` };
  }
  if (probed.type === 'percpu') {
    return probed.writer > 0
      ? { kind: 'percpu_rwsem', resource: `0x${probed.lock}`, holder: probed.writer, evidence: 'owner-field' }
      : {};
  }
  const { owner, ownerTid, list } = probed;
  if (ownerTid <= 0) {
    return {};
  }
  if (isRwsem(probed, stackKind)) {
    const evidence = (owner & READER_OWNED) === 0n ? 'owner-field' : 'unknown';
    return { kind: 'rwsem', resource: hex(list - RWSEM_LIST), holder: ownerTid, evidence };
  }
  return { kind: 'mutex', resource: hex(list - MUTEX_LIST), holder: ownerTid, evidence: 'owner-field' };
}

/** A mutex that has waiters says so in its owner's lowest bit, as an rwsem does of readers: then the count tells. */
function isRwsem({ owner, count }: Extract<ProbedWait, { type: 'lock' }>, stackKind: string): boolean {
  if (stackKind === 'mutex' || stackKind === 'rwsem') {
    return stackKind === 'rwsem';
  }
  const readers = count >> RWSEM_READER_SHIFT;
  const readersHaveIt = (count & RWSEM_WAITERS) !== 0n && readers > 0n && readers < MOST_READERS;
  return (owner & READER_OWNED) === 0n || readersHaveIt;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
