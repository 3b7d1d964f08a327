import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Analysis, analyzeTrace, functionName } from '../../../../analysis/index.ts';
import { loadCapture } from '../../../../src/store/load-capture.ts';
import { sharedPath, skipWithout } from './shared-files.ts';

const SEEDS = sharedPath('seeds');

async function analyze(name: string): Promise<Analysis> {
  return analyzeTrace(await loadCapture(join(SEEDS, name)));
}

/** Of each link what is held, what is wanted, and the innermost function that is of neither locks nor their checker. */
function linksOf({ potential }: Analysis): unknown[] {
  return potential[0]!.links.map(({ held, wanted, stack, task }) => [held, wanted, stack.length, task]);
}

describe('mails with what lockdep said of documented deadlocks', { skip: skipWithout(SEEDS) }, () => {
  it('the mail about memfd seals has only the beginning, which decides', async () => {
    const analysis = await analyze('002_1f39d1b3f8ee1bde.txt');
    const [potential] = analysis.potential;
    assert.deepEqual([analysis.verdict, analysis.potential.length, potential!.cut], ['none', 1, true]);
    assert.deepEqual(linksOf(analysis), [['&sb->s_type->i_mutex_key#9', 'cpu_hotplug_lock.rw_sem', 2, 6914]]);
    assert.deepEqual(
      [potential!.links[0]!.stack.map(functionName), potential!.links[0]!.heldStack!.map(functionName)],
      [
        ['get_online_cpus', 'lru_add_drain_all'],
        ['inode_lock', 'shmem_add_seals'],
      ],
    );
    assert.equal(analysis.tasks['6914']!.comm, 'syz-executor5');
    assert.equal(potential!.matches[0]!.id, 'shmem-seals-cpu-hotplug');
  });

  it('the commit about netfs has the whole chain', async () => {
    const analysis = await analyze('003_d885107fa6480f8d.txt');
    const [potential] = analysis.potential;
    assert.deepEqual([analysis.verdict, analysis.potential.length, potential!.cut], ['none', 1, undefined]);
    assert.deepEqual(linksOf(analysis), [
      ['mapping.invalidate_lock#3', 'sb_writers#10', 14, null],
      ['sb_writers#10', '&mm->mmap_lock#2', 9, null],
      ['&mm->mmap_lock#2', 'mapping.invalidate_lock#3', 14, 65517],
    ]);
    assert.deepEqual(
      potential!.matches.map(({ id }) => id),
      ['netfs-sb-writers-mmap', 'netfs-cachefiles-order'],
    );
    assert.equal(potential!.title, 'possible deadlock in filemap_fault');
  });

  it('the patch for the percpu allocator has the whole chain', async () => {
    const analysis = await analyze('004_4a29228cdcd686fa.txt');
    const [potential] = analysis.potential;
    assert.deepEqual([analysis.verdict, analysis.potential.length, potential!.cut], ['none', 1, undefined]);
    assert.deepEqual(linksOf(analysis), [
      ['&delayed_node->mutex', '&space_info->groups_sem', 18, null],
      ['&space_info->groups_sem', '&fs_info->commit_root_sem', 20, null],
      ['&fs_info->commit_root_sem', 'pcpu_alloc_mutex', 16, null],
      ['pcpu_alloc_mutex', 'fs_reclaim', 8, null],
      ['fs_reclaim', '&delayed_node->mutex', 16, 91],
    ]);
    assert.deepEqual(potential!.matches.map(({ id }) => id).slice(0, 2), [
      'pcpu-alloc-reclaim',
      'pcpu-alloc-kswapd',
    ]);
    assert.deepEqual(
      potential!.locks!.map(({ name }) => name),
      ['fs_reclaim', 'shrinker_rwsem', '&type->s_umount_key#43'],
    );
  });
});
