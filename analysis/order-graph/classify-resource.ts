/** What a resource's kind and label say of the class of locks that it is one of. */
export interface Classified {
  /** `inode.i_rwsem`, `folio_lock`, `cpu_hotplug_lock`; of a lock without a label its kind and id. */
  readonly base: string;
  /** Where it lives: the device, and the type of the file system on it where the label says that. */
  readonly device?: string;
  readonly fsType?: string;
  /** Whose it is among those of its class: an inode or a process. */
  readonly owner?: string;
  /** Of a page: which of its inode's. */
  readonly page?: number;
  /** A lock without a label, known by its address only: a class of one. */
  readonly isInstance: boolean;
}

/** Scopes of reclaim, the widest first. Whatever a narrower one was seen to wait for, a wider one may wait for, too. */
export const RECLAIM_BASES = ['reclaim', 'reclaim (NOFS)', 'reclaim (NOIO)'] as const;

/** Their addresses are used again at once, and none of them is a lock that somebody takes: without a label they prove nothing. */
const PASSING_KINDS = [
  'io',
  'completion',
  'transaction',
  'fuse_request',
  'event',
  'grace_period',
  'file_lock',
];

/** Whether two of a kind cannot be told apart over time. */
export function isPassing(kind: string): boolean {
  return PASSING_KINDS.includes(kind);
}

/** Structures that live in no file system. */
const WITHOUT_PLACE = /^(?:mm_struct|mem_cgroup|cpuhp_cpu_state|task_struct|signal_struct)\./;

/** undefined = no order can be told of it: nobody knows which resource it is, or there is one for each wait. */
export function classifyResource(
  kind: string,
  id: string,
  label: string | undefined,
): Classified | undefined {
  if (id.startsWith('?') || kind === 'io') {
    return undefined;
  }
  if (kind === 'reclaim') {
    return { base: reclaimBase(label ?? ''), isInstance: false };
  }
  if (label === undefined) {
    return isPassing(kind) ? undefined : { base: `${kind} ${id}`, isInstance: true };
  }
  const page = /^page (\d+) of (inode \d+)(?: on (.+))?$/s.exec(label);
  if (page !== null) {
    return { base: kind, ...inodeOn(page[2]!, page[3]), page: Number(page[1]), isInstance: false };
  }
  return classifyLock(label);
}

/** Of reclaim by its scope: `, NOFS` and `, NOIO` end the label. */
function reclaimBase(label: string): string {
  const [whole, noFs, noIo] = RECLAIM_BASES;
  return label.endsWith(', NOIO') ? noIo : label.endsWith(', NOFS') ? noFs : whole;
}

/** `pcpu_alloc_mutex`, `inode.i_rwsem of inode 13 on vdb (ext4)`, `mm_struct.mmap_lock of app:412`, `super_block.s_umount of vdb`. */
function classifyLock(label: string): Classified {
  const [, member, whose] = /^(\S+) of (.+)$/s.exec(label) ?? [];
  if (member === undefined || whose === undefined) {
    return { base: label, isInstance: false };
  }
  if (WITHOUT_PLACE.test(member)) {
    return { base: member, owner: whose, isInstance: false };
  }
  const [, inode, place] = /^(inode \d+)(?: on (.+))?$/s.exec(whose) ?? [];
  return inode === undefined
    ? { base: member, ...readPlace(whose), isInstance: false }
    : { base: member, ...inodeOn(inode, place), isInstance: false };
}

function inodeOn(inode: string, place: string | undefined): Pick<Classified, 'owner' | 'device' | 'fsType'> {
  const read = place === undefined ? {} : readPlace(place);
  return { owner: `${inode} on ${read.device ?? '?'}`, ...read };
}

/** `vdb (ext4)`, `device 0:25 (tmpfs)`, `vdb`, and `overlay`, which is on no device. */
function readPlace(place: string): Pick<Classified, 'device' | 'fsType'> {
  const [, device, fsType] = /^(.+) \(([^()\s]+)\)$/s.exec(place) ?? [];
  return device === undefined ? { device: place } : { device, fsType: fsType! };
}
