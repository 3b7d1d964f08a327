import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  analyzeTrace,
  chainHandle,
  cycleHandle,
  findHandle,
  listResources,
  resourceHandle,
  taskHandle,
} from '../../../analysis/index.ts';
import { traceOf, waitBegin } from './trace-of.ts';

const named = (waiter: number, kind: string, res: string, holder: number) =>
  waitBegin(10 + waiter, waiter, kind, res, { holder, evidence: 'traced' });

const analysis = analyzeTrace(
  traceOf([named(-1, 'mutex', 'a', -2), named(-2, 'folio_lock', 'a', -1), named(7, 'mutex', 'a', -2)]),
);

describe('handles', () => {
  it('lead back to what they were printed for', () => {
    assert.deepEqual(findHandle(analysis, cycleHandle(0)), {
      type: 'cycle',
      position: 0,
      cycle: analysis.cycles[0],
    });
    assert.deepEqual(findHandle(analysis, chainHandle(0)), {
      type: 'chain',
      position: 0,
      chain: analysis.chains[0],
    });
    for (const tid of [-1, -2, 7]) {
      assert.deepEqual(findHandle(analysis, taskHandle(tid)), {
        type: 'task',
        tid,
        task: analysis.tasks[tid],
      });
    }
    listResources(analysis).forEach((resource, position) => {
      assert.deepEqual(findHandle(analysis, resourceHandle(position)), {
        type: 'resource',
        position,
        resource,
      });
    });
  });

  it('of resources are in the order of first mention, one for each kind of an address', () => {
    assert.deepEqual(
      listResources(analysis).map(({ kind, id }) => `${kind} ${id}`),
      ['folio_lock a', 'mutex a'],
    );
  });

  it('that were never printed lead nowhere', () => {
    for (const text of [
      '',
      'c-0',
      'c-2',
      'c--1',
      'w-2',
      't-8',
      'r-3',
      'c1',
      'x-1',
      'c-1x',
      't-constructor',
      'c-1.5',
    ]) {
      assert.equal(findHandle(analysis, text), undefined, text);
    }
  });
});
