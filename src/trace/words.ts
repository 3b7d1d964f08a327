/**
 * The closed vocabularies of a capture. Columns store positions in these lists, files store the words, so a list may
 * only grow at its end (see FORMAT.md).
 */

/** What an event can be. */
export const EVENT_TYPES = [
  'wait_begin',
  'wait_end',
  'hold_begin',
  'hold_end',
  'alloc_begin',
  'alloc_end',
  'io_begin',
  'io_end',
] as const;
/** One of EVENT_TYPES. */
export type EventType = (typeof EVENT_TYPES)[number];

/** Position of each event type in EVENT_TYPES, for switches over the type column. */
export const EventCode = {
  waitBegin: 0,
  waitEnd: 1,
  holdBegin: 2,
  holdEnd: 3,
  allocBegin: 4,
  allocEnd: 5,
  ioBegin: 6,
  ioEnd: 7,
} as const;

/** Why an edge is believed, best first; `holdwait guide reading-a-chain` explains each. */
export const EVIDENCES = ['traced', 'owner-field', 'released-later', 'stack', 'unknown'] as const;
/** One of EVIDENCES. */
export type Evidence = (typeof EVIDENCES)[number];

/** How a lock that can be shared is wanted or held. */
export const MODES = ['read', 'write'] as const;
/** One of MODES. */
export type Mode = (typeof MODES)[number];

/** Functions whose calls are allocations of the capture. */
export const ALLOC_FUNCTIONS = ['pte_alloc_one', 'pcpu_alloc'] as const;
/** One of ALLOC_FUNCTIONS. */
export type AllocFunction = (typeof ALLOC_FUNCTIONS)[number];

/**
 * Kinds of resource the bundled scripts and signatures use. The column is an interned string, so a capture may carry
 * others: they are kept and treated as locks.
 */
export const KINDS = [
  'folio_lock',
  'folio_writeback',
  'mutex',
  'rwsem',
  'percpu_rwsem',
  'spinlock',
  'reclaim',
  'io',
  'transaction',
  'fuse_request',
  'completion',
] as const;
/** One of KINDS. */
export type Kind = (typeof KINDS)[number];

/** A missing index, size or word in any column. */
export const NONE = -1;

/** A missing tid. Not -1: logs that name tasks without a number get negative tids. */
export const NO_TID = -0x8000_0000;
