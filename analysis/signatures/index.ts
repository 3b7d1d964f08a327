import { parseSignature, type Signature } from '../signature.ts';
import btrfsFaultWriteback from './btrfs-fault-writeback.json' with { type: 'json' };
import ext4FaultWriteback from './ext4-fault-writeback.json' with { type: 'json' };
import memcgIrqNesting from './memcg-irq-nesting.json' with { type: 'json' };
import netfsCachefilesFault from './netfs-cachefiles-fault.json' with { type: 'json' };
import netfsCachefilesOrder from './netfs-cachefiles-order.json' with { type: 'json' };
import netfsSbWritersMmap from './netfs-sb-writers-mmap.json' with { type: 'json' };
import pcpuAllocCommitRootSem from './pcpu-alloc-commit-root-sem.json' with { type: 'json' };
import pcpuAllocKswapd from './pcpu-alloc-kswapd.json' with { type: 'json' };
import pcpuAllocReclaim from './pcpu-alloc-reclaim.json' with { type: 'json' };
import shmemSealsCpuHotplug from './shmem-seals-cpu-hotplug.json' with { type: 'json' };
import xfsFaultWriteback from './xfs-fault-writeback.json' with { type: 'json' };

/** File name → content, in the order in which they are listed. */
const FILES: Readonly<Record<string, unknown>> = {
  'ext4-fault-writeback.json': ext4FaultWriteback,
  'btrfs-fault-writeback.json': btrfsFaultWriteback,
  'xfs-fault-writeback.json': xfsFaultWriteback,
  'pcpu-alloc-reclaim.json': pcpuAllocReclaim,
  'pcpu-alloc-commit-root-sem.json': pcpuAllocCommitRootSem,
  'pcpu-alloc-kswapd.json': pcpuAllocKswapd,
  'netfs-sb-writers-mmap.json': netfsSbWritersMmap,
  'netfs-cachefiles-fault.json': netfsCachefilesFault,
  'netfs-cachefiles-order.json': netfsCachefilesOrder,
  'shmem-seals-cpu-hotplug.json': shmemSealsCpuHotplug,
  'memcg-irq-nesting.json': memcgIrqNesting,
};

/** The documented deadlocks that come with the tool. */
export const SIGNATURES: readonly Signature[] = Object.entries(FILES).map(([name, content]) =>
  parseSignature(content, name),
);
