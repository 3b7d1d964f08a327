import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  findItem,
  handleOfHash,
  holdRowHandle,
  waitRowHandle,
} from '../../../../../src/report/html/app/model/item.ts';
import { mentionsOf } from '../../../../../src/report/html/app/model/mentions.ts';
import { fromTimeline, toTimeline } from '../../../../../src/report/html/app/model/timeline-item.ts';
import { modelOf } from './model-of.ts';

describe('handles of the page', () => {
  it('stand for the same things as those of holdwait show', async () => {
    const model = await modelOf('ext4-fault-writeback');
    const types = ['c-1', 'w-1', 't-412', 'r-1', 'l-1'].map((handle) => findItem(model, handle)?.type);
    assert.deepEqual(types, ['cycle', 'chain', 'task', 'resource', 'wait']);
  });

  it('name every task, resource, wait and hold of the timeline, and nothing beyond the end', async () => {
    const model = await modelOf('convoy');
    const { lanes, waits, holds } = model.timeline;
    for (const { tid } of lanes) {
      assert.equal(findItem(model, `t-${tid}`)?.type, 'task');
    }
    for (const { handle, key } of model.resources) {
      const item = findItem(model, handle);
      assert.ok(item?.type === 'resource' && item.resource.key === key);
    }
    for (const row of waits.lane.keys()) {
      assert.deepEqual(findItem(model, waitRowHandle(row)), { type: 'span', of: 'waits', row });
    }
    assert.equal(findItem(model, holdRowHandle(holds.lane.length - 1))?.type, 'span');
    assert.equal(findItem(model, holdRowHandle(holds.lane.length)), undefined);
    assert.equal(findItem(model, waitRowHandle(waits.lane.length)), undefined);
  });

  it('that are none are not found, whatever they look like', async () => {
    const model = await modelOf('ext4-fault-writeback');
    for (const text of [
      '',
      'c-0',
      'c-9',
      'w--1',
      't-',
      't-9',
      'tw-0',
      'tw--1',
      'x-1',
      'length',
      '__proto__',
      'c-1x',
    ]) {
      assert.equal(findItem(model, text), undefined, text);
    }
  });

  it('are read from an address, also a broken one', () => {
    assert.deepEqual(['', '#', '#c-1', '#t-%2D1', '#%'].map(handleOfHash), ['', '', 'c-1', 't--1', '%']);
  });

  it('of waits lead to the timeline and back', async () => {
    const model = await modelOf('ext4-fault-writeback');
    for (const row of model.timeline.waits.lane.keys()) {
      const chosen = toTimeline(model, findItem(model, waitRowHandle(row)));
      assert.equal(fromTimeline(model, chosen!), waitRowHandle(row));
    }
    for (const handle of ['c-1', 't-412']) {
      assert.equal(fromTimeline(model, toTimeline(model, findItem(model, handle))!), handle);
    }
  });

  it('of a chain show its first wait on the timeline', async () => {
    const model = await modelOf('ext4-fault-writeback');
    const chosen = toTimeline(model, findItem(model, 'w-1'));
    assert.ok(chosen?.type === 'wait');
    const { lane, beginNs } = model.timeline.waits;
    const [first] = model.analysis.chains[0]!.links;
    assert.equal(model.timeline.lanes[lane[chosen.row]!]!.tid, first!.waiter);
    assert.equal(beginNs[chosen.row], first!.sinceNs);
  });
});

describe('what is selected', () => {
  it('marks the waiters of a cycle and what they wait for', async () => {
    const model = await modelOf('ext4-fault-writeback');
    const { tids, resources } = mentionsOf(model, findItem(model, 'c-1'));
    assert.deepEqual([...tids].sort(), [33, 412]);
    assert.equal(resources.size, 2);
  });

  it('marks nothing where it is nothing', async () => {
    const { tids, resources } = mentionsOf(await modelOf('nothing-waits'), undefined);
    assert.equal(tids.size + resources.size, 0);
  });
});
