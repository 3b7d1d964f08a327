import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import { cutColumns, type Trace } from '../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from './trace-of.ts';
import { arbitraryWorld } from './wait-times/arbitrary-waits.ts';

/** Waits that were recorded long after they began, with the holders of that time. */
const LATE = [
  holdBegin(10, 1, 'mutex', 'a'),
  waitBegin(20, 2, 'mutex', 'a', { holder: 1, evidence: 'traced' }),
  // Task 1 took b only at 40, but the wait for it that began at 25 was told when task 1 had it.
  waitBegin(25, 1, 'mutex', 'b', { holder: 2, evidence: 'owner-field' }),
];

function at(trace: Trace, atNs: number): Analysis {
  return analyzeTrace(trace, { atNs });
}

describe('an answer as of a moment', () => {
  it('does not believe a holder that took the resource only later', () => {
    const trace = traceOf([...LATE, holdBegin(40, 2, 'mutex', 'b'), holdEnd(50, 1, 'mutex', 'a')]);
    const { verdict, chains, capture } = at(trace, 30);
    assert.equal(verdict, 'none');
    assert.deepEqual([capture.endNs, capture.isCut], [30, true]);
    assert.deepEqual(
      chains.map(({ links, end }) => [links.map(({ waiter, blocker }) => [waiter, blocker]), end]),
      [
        [
          [
            [2, 1],
            [1, null],
          ],
          'unknown',
        ],
      ],
    );
  });

  it('believes one that had it all the time', () => {
    const trace = traceOf([...LATE, holdEnd(40, 2, 'mutex', 'b'), holdBegin(41, 2, 'mutex', 'b')]);
    assert.equal(at(trace, 30).verdict, 'deadlock');
    assert.equal(at(traceOf(LATE), 30).verdict, 'deadlock');
  });

  it('is not sure of one for which another was told later', () => {
    const trace = traceOf([...LATE, waitBegin(60, 1, 'mutex', 'b', { holder: 5, evidence: 'owner-field' })]);
    const { verdict, cycles } = at(trace, 30);
    assert.equal(verdict, 'suspected');
    assert.deepEqual(
      cycles[0]!.edges.map(({ evidence }) => evidence),
      ['unknown', 'traced'],
    );
  });

  it('is sure again if the wait was over before', () => {
    const trace = traceOf([
      ...LATE,
      waitEnd(50, 1, 'mutex', 'b'),
      waitBegin(60, 1, 'mutex', 'b', { holder: 5, evidence: 'owner-field' }),
    ]);
    assert.equal(at(trace, 30).verdict, 'deadlock');
  });

  it('does not know tasks that came later', () => {
    const trace = traceOf([
      { type: 'task', ts: 0, tid: 1, pid: 1 },
      ...LATE,
      { type: 'task', ts: 50, tid: 1, pid: 8 },
      waitBegin(60, 3, 'mutex', 'c'),
    ]);
    assert.equal(at(trace, 30).verdict, 'deadlock');
    assert.equal(analyzeTrace(trace).verdict, 'none');
  });

  it('is that of a capture which ends there, where waits name nobody', () => {
    fc.assert(
      fc.property(arbitraryWorld, fc.nat({ max: 1300 }), (trace, atNs) => {
        fc.pre(trace.events.holderTid.every((tid) => tid < 0));
        const events = cutColumns(trace.events, atNs);
        const rows = trace.tasks.rows().filter(({ fromNs }) => fromNs < atNs);
        fc.pre(rows.length === trace.tasks.size);
        const endNs = Math.min(atNs, trace.endNs);
        const {
          capture: { isCut: _, ...capture },
          ...said
        } = at(trace, atNs);
        const whole = analyzeTrace({ ...trace, events, endNs });
        assert.deepEqual({ ...said, capture }, whole);
      }),
      { numRuns: 300 },
    );
  });
});
