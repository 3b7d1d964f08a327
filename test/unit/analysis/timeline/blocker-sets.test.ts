import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SpanBlocker } from '../../../../analysis/spans/span.ts';
import { BlockerSets } from '../../../../analysis/timeline/blocker-sets.ts';

const NOBODY = { cycle: new Set<number>(), chain: new Set<number>() };

function readers(first: number): SpanBlocker[] {
  return Array.from({ length: 60 }, (_, i) => {
    const task = first + i;
    return { task, tid: task, io: false, evidence: 'traced', hard: true };
  });
}

describe('the sets of blockers of a timeline', () => {
  it('are one where waits share it', () => {
    const sets = new BlockerSets();
    const shared = readers(0);
    assert.deepEqual(
      [shared, readers(100), shared].map((blockers) => sets.numberOf(blockers)),
      [0, 1, 0],
    );
    assert.equal(sets.choose(NOBODY).length, 2);
  });

  it('list those of cycles and chains first, of as many as are kept, and count the others', () => {
    const sets = new BlockerSets(60);
    sets.numberOf(readers(0));
    sets.numberOf(readers(100));
    const [all, head] = sets.choose({ cycle: new Set([59, 159]), chain: new Set([58, 131, 158]) });
    assert.deepEqual(all!.tasks.slice(0, 3), [59, 58, 0]);
    assert.deepEqual(head!.tasks.slice(0, 3), [131, 100, 101]);
    assert.deepEqual([all!.tasks.length, all!.more, head!.tasks.length, head!.more], [32, 28, 32, 28]);
  });
});
