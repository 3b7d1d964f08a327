import type { Evidence } from '../src/trace/index.ts';

/**
 * What a call that a task has entered and not left says of what it holds. A capture shows such a hold with a stack of one
 * frame, the call's name: the lock itself was not seen being taken, or has no owner that could be read.
 */
const OPEN_CALLS: ReadonlyMap<string, string> = new Map([
  [
    'mnt_want_write',
    'an open mnt_want_write(): a write to the file system, not yet let go by mnt_drop_write()',
  ],
  [
    'mnt_want_write_file',
    'an open mnt_want_write_file(): a write to the file system, not yet let go by mnt_drop_write_file()',
  ],
  ['sb_start_write', 'a write to the file system begun by sb_start_write() and not ended'],
  ['__sb_start_write', 'a write to the file system begun by __sb_start_write() and not ended'],
  ['file_start_write', 'a write to the file system begun by file_start_write() and not ended'],
  ['freeze_super', 'a file system frozen by freeze_super() and not thawed'],
  ['btrfs_commit_transaction', 'an open btrfs_commit_transaction(): it commits what the others wait for'],
  ['btrfs_start_transaction', 'an open handle on the transaction, not ended by btrfs_end_transaction()'],
  ['btrfs_join_transaction', 'an open handle on the transaction, not ended by btrfs_end_transaction()'],
  ['start_transaction', 'an open handle on the transaction, not ended by btrfs_end_transaction()'],
  [
    'pcpu_balance_workfn',
    'an open pcpu_balance_workfn(): its worker has pcpu_alloc_mutex while it makes chunks',
  ],
  ['handle_mm_fault', 'an open handle_mm_fault() on that mm: a fault is handled under its mmap_lock'],
  ['fuse_dev_do_read', 'a FUSE server that has read the request and not answered it'],
  ['fuse_dev_read', 'a FUSE server that has read the request and not answered it'],
]);

/** Kinds of resource whose "owner field" is a field somewhere else, or means something of its own. */
interface OwnerField {
  readonly kind: string;
  readonly evidence: Evidence;
  /** The resource's label begins with this, or the waiter's stack shows one of these functions; neither given = always. */
  readonly named?: string;
  readonly below?: readonly string[];
  readonly text: string;
}

const OWNER_FIELDS: readonly OwnerField[] = [
  {
    kind: 'completion',
    evidence: 'owner-field',
    named: 'wq_barrier',
    text: 'the worker that runs the work being flushed, from the list its struct wq_barrier is in',
  },
  {
    kind: 'completion',
    evidence: 'owner-field',
    named: 'cpuhp_cpu_state',
    below: [
      'cpuhp_kick_ap',
      '__cpuhp_kick_ap',
      'cpuhp_kick_ap_work',
      'wait_for_ap_thread',
      '_cpu_down',
      '_cpu_up',
    ],
    text: "the CPU's hotplug thread, from struct cpuhp_cpu_state",
  },
  {
    kind: 'spinlock',
    evidence: 'owner-field',
    below: ['folio_memcg_lock', 'lock_page_memcg', '__lock_page_memcg'],
    text: 'mem_cgroup.move_lock_task, which says who holds move_lock',
  },
  {
    kind: 'percpu_rwsem',
    evidence: 'owner-field',
    text: 'percpu_rw_semaphore.writer.task: the writer that keeps new readers out while those inside leave',
  },
  {
    kind: 'rwsem',
    evidence: 'unknown',
    text: 'the owner field of a lock that readers hold: it names the last one to come, who may have left',
  },
];

const QUEUE_ORDER = 'the order of the queue: a reader that comes after a waiting writer is served after it';

export interface InferenceQuestion {
  readonly kind: string;
  readonly evidence: Evidence;
  readonly hard: boolean;
  readonly isReader: boolean;
  readonly label: string | undefined;
  /** Functions of the waiter's stack. */
  readonly waiterStack: readonly string[];
  /** Functions of the stack in which the blocker was seen taking the resource; empty if it was not. */
  readonly holdStack: readonly string[];
}

/** Whether a hold is known only by this call, entered and not left. */
export function isOpenCall(functionName: string): boolean {
  return OPEN_CALLS.has(functionName);
}

/** What an edge was inferred from, for a person; undefined if it was seen plainly, or is known by its evidence alone. */
export function findInference(asked: InferenceQuestion): string | undefined {
  if (!asked.hard) {
    return asked.isReader ? QUEUE_ORDER : undefined;
  }
  const openCall = asked.holdStack.length === 1 ? OPEN_CALLS.get(asked.holdStack[0]!) : undefined;
  return openCall ?? findOwnerField(asked)?.text;
}

function findOwnerField(asked: InferenceQuestion): OwnerField | undefined {
  return OWNER_FIELDS.find(
    (field) => field.kind === asked.kind && field.evidence === asked.evidence && isAbout(field, asked),
  );
}

function isAbout({ named, below }: OwnerField, { label, waiterStack }: InferenceQuestion): boolean {
  if (named === undefined && below === undefined) {
    return true;
  }
  const isNamed = named !== undefined && label?.startsWith(named) === true;
  return isNamed || (below?.some((name) => waiterStack.includes(name)) ?? false);
}
