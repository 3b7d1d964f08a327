import { decodeLockOrders, type LockOrder } from '../../../../analysis/index.ts';
import { readLog } from './sample-logs.ts';

/** Reports of lockdep as kernels of different ages print them. */

export const OLD_CIRCULAR = `=======================================================
[ INFO: possible circular locking dependency detected ]
2.6.20-rc1 #4
-------------------------------------------------------
mount/1203 is trying to acquire lock:
 (&inode->i_mutex){--..}, at: [<c02f4a1e>] mutex_lock+0x1c/0x1f

but task is already holding lock:
 (&mm->mmap_sem){----}, at: [<c0106f2b>] sys_mmap2+0x5b/0xb0

which lock already depends on the new lock.

the existing dependency chain (in reverse order) is:

-> #1 (&mm->mmap_sem){----}:
       [<c013b1aa>] __lock_acquire+0x9a4/0xb6c
       [<c01b0c3f>] read_names+0x10/0x20
       [<ffffffff>] 0xffffffff

-> #0 (&inode->i_mutex){--..}:
       [<c013b0f3>] __lock_acquire+0x8ed/0xb6c
       [<c02f4a1e>] mutex_lock+0x1c/0x1f
       [<c01b0c55>] map_names+0x10/0x20
       [<ffffffff>] 0xffffffff

other info that might help us debug this:

1 lock held by mount/1203:
 #0:  (&mm->mmap_sem){----}, at: [<c0106f2b>] sys_mmap2+0x5b/0xb0

stack backtrace:
 [<c0104e1a>] show_trace_log_lvl+0x1a/0x2f
 [<c013b0f3>] __lock_acquire+0x8ed/0xb6c
 [<c01b0c55>] map_names+0x10/0x20
`;

export const CIRCULAR = `[  100.000001][  T412] ======================================================
[  100.000002][  T412] WARNING: possible circular locking dependency detected
[  100.000003][  T412] 6.1.0-test #1 Not tainted
[  100.000004][  T412] ------------------------------------------------------
[  100.000005][  T412] kworker/u4:2/412 is trying to acquire lock:
[  100.000006][  T412] ffff888012345678 (&a->lock){+.+.}-{3:3}, at: take_a+0x12/0x40 [first]
[  100.000007][  T412]
[  100.000007][  T412] but task is already holding lock:
[  100.000008][  T412] ffff888012345700 (&(&c->wait)->lock#2){+.+.}-{3:3}, at: take_c+0x12/0x40
[  100.000009][  T412]
[  100.000009][  T412] which lock already depends on the new lock.
[  100.000010][  T412]
[  100.000010][  T412]
[  100.000010][  T412] the existing dependency chain (in reverse order) is:
[  100.000011][  T412]
[  100.000011][  T412] -> #2 (&(&c->wait)->lock#2){+.+.}-{3:3}:
[  100.000012][  T412]        __mutex_lock+0x97/0xba0
[  100.000013][  T412]        work_on_c+0x12/0x40
[  100.000014][  T412]        do_syscall_64+0x3f/0x90
[  100.000015][  T412]
[  100.000015][  T412] -> #1 ((completion)&b->done){+.+.}-{0:0}:
[  100.000016][  T412]        wait_for_completion+0x97/0xba0
[  100.000017][  T412]        work_on_b+0x12/0x40
[  100.000018][  T412]        ? maybe_here+0x1/0x40
[  100.000019][  T412]        do_syscall_64+0x3f/0x90
[  100.000020][  T412]
[  100.000020][  T412] -> #0 (&a->lock){+.+.}-{3:3}:
[  100.000021][  T412]        __lock_acquire+0x1234/0x1ff0
[  100.000022][  T412]        lock_acquire+0xd0/0x300
[  100.000023][  T412]        __mutex_lock+0x97/0xba0
[  100.000024][  T412]        take_a+0x12/0x40 [first]
[  100.000025][  T412]        process_one_work+0x2a1/0x5d0
[  100.000026][  T412]
[  100.000026][  T412] other info that might help us debug this:
[  100.000026][  T412]
[  100.000027][  T412] Chain exists of:
[  100.000027][  T412]   &a->lock --> (completion)&b->done --> &(&c->wait)->lock#2
[  100.000027][  T412]
[  100.000028][  T412]  Possible unsafe locking scenario:
[  100.000028][  T412]
[  100.000029][  T412]        CPU0                    CPU1
[  100.000030][  T412]        ----                    ----
[  100.000031][  T412]   lock(&(&c->wait)->lock#2);
[  100.000032][  T412]                                lock((completion)&b->done);
[  100.000033][  T412]                                lock(&(&c->wait)->lock#2);
[  100.000034][  T412]   lock(&a->lock);
[  100.000035][  T412]
[  100.000035][  T412]  *** DEADLOCK ***
[  100.000035][  T412]
[  100.000036][  T412] 2 locks held by kworker/u4:2/412:
[  100.000037][  T412]  #0: ffff888100047538 ((wq_completion)events_unbound){+.+.}-{0:0}, at: process_one_work+0x1f4/0x5d0
[  100.000038][  T412]  #1: ffff888012345700 (&(&c->wait)->lock#2){+.+.}-{3:3}, at: take_c+0x12/0x40
[  100.000039][  T412]
[  100.000039][  T412] stack backtrace:
[  100.000040][  T412] CPU: 1 PID: 412 Comm: kworker/u4:2 Not tainted 6.1.0-test #1
[  100.000041][  T412] Hardware name: QEMU Standard PC
[  100.000042][  T412] Workqueue: events_unbound work_on_a [first]
[  100.000043][  T412] Call Trace:
[  100.000044][  T412]  <TASK>
[  100.000045][  T412]  dump_stack_lvl+0x5b/0x85
[  100.000046][  T412]  check_noncircular+0x11a/0x140
[  100.000047][  T412]  __lock_acquire+0x1234/0x1ff0
[  100.000048][  T412]  __mutex_lock+0x97/0xba0
[  100.000049][  T412]  take_a+0x12/0x40 [first]
[  100.000050][  T412]  </TASK>
`;

/** Another report of the same kind, without the names of printers. */
export const OTHER_CIRCULAR = CIRCULAR.replaceAll('[  T412]', '')
  .replaceAll('412', '733')
  .replaceAll('kworker/u4:2', 'rsync')
  .replaceAll('&a->lock', '&x->lock')
  .replaceAll('&b->done', '&y->done')
  .replaceAll('&(&c->wait)->lock#2', '&z->lock');

export const OLD_INVERSION = `[ 4968.000001] =========================================================
[ 4968.000002] [ INFO: possible irq lock inversion dependency detected ]
[ 4968.000003] 4.11.0-rt9 #179 Tainted: G        W
[ 4968.000004] ---------------------------------------------------------
[ 4968.000005] kswapd3/1337 just changed the state of lock:
[ 4968.000006]  (&delayed_node->mutex){+.+.-.}, at: [<ffffffffa0389fbf>] __btrfs_release_delayed_node+0x3f/0x2f0 [btrfs]
[ 4968.000007] but this lock took another, RECLAIM_FS-unsafe lock in the past:
[ 4968.000008]  (pcpu_alloc_mutex){+.+.+.}

               and interrupts could create inverse lock ordering between them.

[ 4968.000010] other info that might help us debug this:
[ 4968.000011] Chain exists of:
                 &delayed_node->mutex --> &fs_info->commit_root_sem --> pcpu_alloc_mutex

[ 4968.000012]  Possible interrupt unsafe locking scenario:

[ 4968.000013]        CPU0                    CPU1
[ 4968.000014]        ----                    ----
[ 4968.000015]   lock(pcpu_alloc_mutex);
[ 4968.000016]                                local_irq_disable();
[ 4968.000017]                                lock(&delayed_node->mutex);
[ 4968.000018]                                lock(&fs_info->commit_root_sem);
[ 4968.000019]   <Interrupt>
[ 4968.000020]     lock(&delayed_node->mutex);

                *** DEADLOCK ***

[ 4968.000021] 1 lock held by kswapd3/1337:
[ 4968.000022]  #0:  (shrinker_rwsem){+.+...}, at: [<ffffffff811f447a>] shrink_slab+0x7a/0x6c0

               the shortest dependencies between 2nd lock and 1st lock:
[ 4968.000023]   -> (pcpu_alloc_mutex){+.+.+.} ops: 4124 {
[ 4968.000024]      HARDIRQ-ON-W at:
[ 4968.000025]                         __lock_acquire+0x8ec/0x14f0
[ 4968.000026]                         setup_zone_pageset+0x1f/0x71
[ 4968.000027]      INITIAL USE at:
[ 4968.000028]                        __lock_acquire+0x2d0/0x14f0
[ 4968.000029]                        kmem_cache_init+0xa4/0x171
[ 4968.000030]    }
[ 4968.000031]    ... key      at: [<ffffffff81c9a798>] pcpu_alloc_mutex+0x58/0x80
[ 4968.000032]    ... acquired at:
[ 4968.000033]    _mutex_lock+0x31/0x40
[ 4968.000034]    pcpu_alloc+0x197/0x5a0
[ 4968.000035]    __percpu_counter_init+0x55/0xd0
[ 4968.000036]    btrfs_get_fs_root+0x44/0xa0 [btrfs]
[ 4968.000037]    find_parent_nodes+0x541/0x8d0 [btrfs]

[ 4968.000038]  -> (&fs_info->commit_root_sem){++++..} ops: 527801 {
[ 4968.000039]     HARDIRQ-ON-W at:
[ 4968.000040]                       __lock_acquire+0x8ec/0x14f0
[ 4968.000041]                       cache_block_group+0x2ad/0x400 [btrfs]
[ 4968.000042]   }
[ 4968.000043]   ... key      at: [<ffffffffa03dd058>] __key.59194+0x0/0xfffffffffffd7fa8 [btrfs]
[ 4968.000044]   ... acquired at:
[ 4968.000045]    rt_down_read+0x10/0x20
[ 4968.000046]    btrfs_find_all_roots+0x3e/0x70 [btrfs]
[ 4968.000047]    btrfs_commit_transaction+0x123/0x130 [btrfs]

[ 4968.000048] -> (&delayed_node->mutex){+.+.-.} ops: 12427409 {
[ 4968.000049]    IN-RECLAIM_FS-W at:
[ 4968.000050]                        __btrfs_release_delayed_node+0x3f/0x2f0 [btrfs]
[ 4968.000051]                        evict+0xd1/0x1a0
[ 4968.000052]  }
[ 4968.000053]  ... key      at: [<ffffffffa03dd060>] __key.41+0x0/0x10 [btrfs]
[ 4968.000054]  ... acquired at:
[ 4968.000055]    check_usage_forwards+0x14c/0x160
[ 4968.000056]    __btrfs_release_delayed_node+0x3f/0x2f0 [btrfs]

               stack backtrace:
[ 4968.000057] CPU: 3 PID: 1337 Comm: kswapd3 Tainted: G        W 4.11.0-rt9 #179
[ 4968.000058] Call Trace:
[ 4968.000059]  dump_stack+0x85/0xc8
[ 4968.000060]  _mutex_lock+0x31/0x40
[ 4968.000061]  __btrfs_release_delayed_node+0x3f/0x2f0 [btrfs]
[ 4968.000062]  btrfs_evict_inode+0x390/0x750 [btrfs]
[ 4968.000063]  shrink_slab+0x7a/0x6c0
[ 4968.000064]  kswapd+0x33/0x900
`;

export function ordersOf(text: string): readonly LockOrder[] {
  return decodeLockOrders(readLog(text)).orders;
}

/** `held > wanted` of every link. */
export function pairsOf(orders: readonly LockOrder[]): readonly string[] {
  return orders.flatMap(({ links }) => links.map(({ held, wanted }) => `${held} > ${wanted}`));
}
