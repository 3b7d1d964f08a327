import { ALLOC_FUNCTIONS, NONE } from '../../src/trace/index.ts';
import { RECLAIM_BASES } from './classify-resource.ts';

/** Bits of gfp_t. They have had these places since 4.20; before, direct reclaim was 0x400000. */
const GFP_IO = 0x40;
const GFP_FS = 0x80;
const GFP_DIRECT_RECLAIM = 0x400;
const GFP_KERNEL = 0xcc0;

interface AllocationRule {
  /** Its mask where a capture has none: what it asks for if no scope forbids it. Without one, nothing can be said then. */
  readonly gfp?: number;
  /** Charged to the task's memory cgroup, so that it may reclaim for that cgroup's limit. */
  readonly isCharged: boolean;
}

/** Of the allocations that captures tell. The memory that pcpu_alloc() adds for itself is nobody's: it is not charged. */
const RULES: Readonly<Record<(typeof ALLOC_FUNCTIONS)[number], AllocationRule>> = {
  pte_alloc_one: { gfp: GFP_KERNEL, isCharged: true },
  pcpu_alloc: { isCharged: false },
};

/** What an allocation may wait for, if memory is short. */
export interface AllocationReach {
  /** Scope of the reclaim that it may enter: one of RECLAIM_BASES. */
  readonly reclaim: string;
  /**
   * The end of any folio's writeback. Only reclaim for the limit of a cgroup of version 1 waits for that, in
   * shrink_folio_list(), and only if it may enter file systems: writeback may be unsubmitted there.
   */
  readonly writeback: boolean;
}

/**
 * @param fn position in ALLOC_FUNCTIONS
 * @param gfp as it takes effect, or NONE
 * @returns undefined = it may not reclaim, or that is not known
 */
export function reachOfAllocation(fn: number, gfp: number): AllocationReach | undefined {
  const rule = RULES[ALLOC_FUNCTIONS[fn]!];
  const mask = gfp === NONE ? rule?.gfp : gfp;
  if (rule === undefined || mask === undefined || (mask & GFP_DIRECT_RECLAIM) === 0) {
    return undefined;
  }
  const [whole, noFs, noIo] = RECLAIM_BASES;
  const entersFs = (mask & GFP_IO) !== 0 && (mask & GFP_FS) !== 0;
  const reclaim = entersFs ? whole : (mask & GFP_IO) !== 0 ? noFs : noIo;
  return { reclaim, writeback: entersFs && rule.isCharged };
}

/** Whether a pass of reclaim that was seen may wait for writeback, by the same rule. */
export function mayAwaitWriteback(label: string | undefined): boolean {
  return label?.startsWith('reclaim of memory cgroup ') === true && !/, NO(?:FS|IO)$/.test(label);
}
