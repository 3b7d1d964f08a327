import type { Mode } from '../src/trace/index.ts';

/** Classes that a lock checker names by what they are; the first that fits counts. */
const KIND_BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/^reclaim(?: \(|$)/, 'reclaim'],
  [/^(?:__)?fs_reclaim|^kswapd$/, 'reclaim'],
  [/^pg_locked|^PG_locked|^folio_lock|^page_lock/, 'folio_lock'],
  [/^pg_writeback|^PG_writeback|^folio_writeback/, 'folio_writeback'],
  [/^\(?\(?(?:completion|wq_completion|work_completion)\)/, 'completion'],
  [/^cpuhp_state/, 'completion'],
  [/^(?:btrfs_trans_|jbd2_handle|&journal->j_trans|xfs_trans)/, 'transaction'],
  [/^sb_(?:writers|internal|pagefaults)|^cpu_hotplug_lock|^&?cgroup_threadgroup_rwsem/, 'percpu_rwsem'],
];

interface Taking {
  readonly kind: string;
  readonly mode?: Mode;
}

/** Functions in which a lock of one kind is taken, as they stand in the stacks of a checker. */
const TAKING: readonly (readonly [RegExp, Taking])[] = [
  [
    /^_*percpu_down_read|^cpus_read_lock$|^get_online_cpus$|^_*sb_start_/,
    { kind: 'percpu_rwsem', mode: 'read' },
  ],
  [/^percpu_down_write|^cpus_write_lock$|^cpu_hotplug_begin$/, { kind: 'percpu_rwsem', mode: 'write' }],
  [/^_*(?:rt_)?down_read/, { kind: 'rwsem', mode: 'read' }],
  [/^_*(?:rt_)?down_write/, { kind: 'rwsem', mode: 'write' }],
  [/^_*(?:rt_)?mutex_(?:try)?lock/, { kind: 'mutex' }],
  [/^_*(?:raw_)?(?:spin|read|write)_(?:try)?lock/, { kind: 'spinlock' }],
  [/^_*wait_for_(?:common|completion)/, { kind: 'completion' }],
  [/^_*(?:folio_lock|lock_page|__lock_page|__folio_lock)/, { kind: 'folio_lock' }],
  [/^_*(?:folio_wait_writeback|wait_on_page_writeback)/, { kind: 'folio_writeback' }],
];

/** Frames from the top in which the taking of a lock is looked for: below come the checker's own. */
const NEAR_TOP = 12;

/** What is known of a class from its name, and from a stack in which it is being taken. */
export function describeClass(name: string, functions: readonly string[]): Partial<Taking> {
  const named = KIND_BY_NAME.find(([pattern]) => pattern.test(name))?.[1];
  const taking = findTaking(functions);
  if (named === undefined) {
    return taking ?? {};
  }
  return { kind: named, ...(taking?.kind === named && taking.mode !== undefined && { mode: taking.mode }) };
}

function findTaking(functions: readonly string[]): Taking | undefined {
  for (const name of functions.slice(0, NEAR_TOP)) {
    const found = TAKING.find(([pattern]) => pattern.test(name));
    if (found !== undefined) {
      return found[1];
    }
  }
  return undefined;
}
