import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import type { TraceRecord } from '../../../src/trace/index.ts';
import { findTrueCycles, LOCK_COUNT, LockWorld, type Step, TASK_COUNT, type TrueWait } from './lock-world.ts';
import { traceOf } from './trace-of.ts';

/** Mostly acquisitions, so that tasks get entangled before the world runs out of steps. */
const op: fc.Arbitrary<Step['op']> = fc.oneof(
  { weight: 60, arbitrary: fc.constant('acquire' as const) },
  { weight: 1, arbitrary: fc.constant('acquire-again' as const) },
  { weight: 12, arbitrary: fc.constant('release' as const) },
  { weight: 4, arbitrary: fc.constantFrom('give-up' as const, 'submit' as const) },
  { weight: 2, arbitrary: fc.constantFrom('complete' as const, 'restart' as const) },
);
const step: fc.Arbitrary<Step> = fc.record({
  op,
  task: fc.nat({ max: TASK_COUNT - 1 }),
  lock: fc.nat({ max: LOCK_COUNT - 1 }),
  mode: fc.constantFrom('read', 'write'),
});
const steps = fc.array(fc.noBias(step), { minLength: 10, maxLength: 100, size: 'max' });

function bySmallest(cycles: readonly { tasks: readonly number[] }[]): string[] {
  return cycles.map((cycle) => JSON.stringify(cycle)).sort();
}

function assertTruth(analysis: Analysis, waits: readonly TrueWait[]): void {
  assert.deepEqual(
    bySmallest(analysis.cycles.map(({ tasks, verdict }) => ({ tasks, hard: verdict === 'deadlock' }))),
    bySmallest(findTrueCycles(waits)),
  );
  assertChainsCover(analysis, waits);
}

/** Every waiting task is in a cycle or a chain, each link is true, and each chain ends as the world says. */
function assertChainsCover(analysis: Analysis, waits: readonly TrueWait[]): void {
  const byTid = new Map(waits.map((wait) => [wait.tid, wait]));
  const told = new Set(analysis.cycles.flatMap(({ tasks }) => tasks));
  const inCycle = new Set(told);
  for (const { links, end, cycle } of analysis.chains) {
    links.forEach(({ waiter, blocker, resource, io }, i) => {
      const truth = byTid.get(waiter)!;
      told.add(waiter);
      assert.equal(inCycle.has(waiter), false, 'a chain stays outside the cycles');
      assert.equal(`${resource.kind} ${resource.id}`, truth.lock);
      assert.equal(io ?? false, truth.io);
      assert.ok(truth.io ? blocker === null : truth.blockers.includes(blocker!));
      assert.equal(i + 1 < links.length, byTid.has(blocker!) && !inCycle.has(blocker!));
    });
    const last = links.at(-1)!;
    assert.equal(end, last.io ? 'io' : inCycle.has(last.blocker!) ? 'cycle' : 'running');
    assert.equal(
      cycle !== undefined && analysis.cycles[cycle]!.tasks.includes(last.blocker!),
      end === 'cycle',
    );
  }
  assert.deepEqual([...told].sort(), waits.map(({ tid }) => tid).sort());
  assert.equal(analysis.omittedChains, 0);
}

describe('a world of locks whose truth is known', () => {
  it('is told exactly from its holds and waits, whether or not these name a holder', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (played, namesHolders) => {
        const records: TraceRecord[] = [];
        const world = new LockWorld((record) => records.push(record), namesHolders);
        for (const one of played) {
          world.play(one);
        }
        assertTruth(analyzeTrace(traceOf(records), { maxChains: 0 }), world.waits());
      }),
      { numRuns: 1500 },
    );
  });

  it('is told exactly at every moment on the way', () => {
    fc.assert(
      fc.property(steps, (played) => {
        const records: TraceRecord[] = [];
        const world = new LockWorld((record) => records.push(record));
        for (const one of played) {
          world.play(one);
          assertTruth(analyzeTrace(traceOf(records), { maxChains: 0 }), world.waits());
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never shows a cycle, cut off at any record, that no moment so far has had', () => {
    fc.assert(
      fc.property(steps, (played) => {
        const records: TraceRecord[] = [];
        const cyclesAt: string[][] = [];
        const world = new LockWorld((record) => records.push(record));
        for (const one of played) {
          world.play(one);
          const cycles = findTrueCycles(world.waits()).map(({ tasks }) => tasks.join());
          while (cyclesAt.length < records.length) {
            cyclesAt.push(cycles);
          }
        }
        for (let n = 0; n < records.length; n++) {
          const seen = analyzeTrace(traceOf(records.slice(0, n + 1))).cycles.map(({ tasks }) => tasks.join());
          const before = n === 0 ? [] : cyclesAt[n - 1]!;
          assert.ok(
            seen.every((cycle) => cyclesAt[n]!.includes(cycle) || before.includes(cycle)),
            `${n + 1} records`,
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is told exactly by waits that carry their holders, reported late and again when the holder changes', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.boolean()), (played, coins) => {
        const reporter = new JoinedReporter();
        for (const one of played) {
          // A wait can name one holder only, so there are no readers in this world.
          reporter.world.play({ ...one, mode: 'write' });
          if (coins.next().value) {
            reporter.report();
          }
        }
        reporter.report();
        assertTruth(analyzeTrace(traceOf(reporter.records), { maxChains: 0 }), reporter.world.waits());
      }),
      { numRuns: 1500 },
    );
  });
});

/** Sees the world as the kernel-side join does: only waits leave, when a walk over the open ones comes by. */
class JoinedReporter {
  readonly records: TraceRecord[] = [];
  readonly world = new LockWorld((record) => this.#see(record));
  /** Waiting task → the holder last reported for its wait; 0 = a device. */
  readonly #reported = new Map<number, number>();
  readonly #reportedIo = new Set<string>();

  report(): void {
    this.world.nowNs += 5;
    for (const { tid, blockers, io } of this.world.waits()) {
      const holder = io ? 0 : blockers[0]!;
      if (this.#reported.get(tid) !== holder) {
        this.#reported.set(tid, holder);
        this.#reportWait(tid, holder);
      }
    }
  }

  #reportWait(tid: number, holder: number): void {
    const { lock, waiter } = this.world.waiterOf(tid)!;
    const wait = { type: 'wait_begin', ts: waiter.sinceNs, tid, kind: lock.kind, res: lock.id } as const;
    if (holder === 0) {
      this.#reportedIo.add(lock.id);
      this.records.push(wait, { type: 'io_begin', ts: this.world.nowNs, kind: lock.kind, res: lock.id });
    } else {
      this.records.push({ ...wait, holder, evidence: 'traced' });
    }
  }

  #see(record: TraceRecord): void {
    const isKnown =
      record.type === 'task' ||
      (record.type === 'wait_end' && this.#reported.delete(record.tid!)) ||
      (record.type === 'io_end' && this.#reportedIo.delete(record.res!));
    if (isKnown) {
      this.records.push(record);
    }
  }
}
