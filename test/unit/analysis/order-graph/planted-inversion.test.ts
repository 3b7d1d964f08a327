import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { circlesOf, Story } from './orders-of.ts';

const LOCKS = 7;
const TASKS = 4;

type Nest = readonly number[];

/** Locks that one task has at once, in the order in which every task takes them. */
const nest: fc.Arbitrary<Nest> = fc
  .uniqueArray(fc.nat(LOCKS - 1), { minLength: 1, maxLength: 4 })
  .map((locks) => locks.toSorted((a, b) => a - b));
const program = fc.array(fc.tuple(fc.integer({ min: 1, max: TASKS }), nest), { maxLength: 40 });

const lock = (n: number) => ['mutex', `0x${n}`, { label: `lock_${n}` }] as const;

function play(nests: readonly (readonly [tid: number, locks: Nest])[]): Story {
  const story = new Story();
  for (const [tid, locks] of nests) {
    story.nest(tid, ...locks.map(lock));
  }
  return story;
}

/** Whether, among what these nests took one in another, a way leads from one lock to another. */
function leads(nests: readonly (readonly [number, Nest])[], from: number, to: number): boolean {
  const reached = new Set([from]);
  for (const lockAt of reached) {
    for (const [, locks] of nests) {
      const at = locks.indexOf(lockAt);
      for (const inner of at < 0 ? [] : locks.slice(at + 1)) {
        reached.add(inner);
      }
    }
  }
  return reached.has(to);
}

describe('random programs', () => {
  it('that keep one order of all locks have no circle', () => {
    fc.assert(
      fc.property(program, (nests) => {
        assert.deepEqual(circlesOf(play(nests).analyze()), []);
      }),
      { numRuns: 300 },
    );
  });

  it('with one inversion have one circle, through it, if the order that it turns round was ever seen', () => {
    const place = fc.tuple(fc.nat(LOCKS - 1), fc.nat(LOCKS - 1), fc.nat(40)).filter(([a, b]) => a < b);
    fc.assert(
      fc.property(program, place, (nests, [low, high, at]) => {
        // Each order is seen often, the wrong one once.
        const often = [...nests, ...nests];
        const planted = often.toSpliced(at, 0, [9, [high, low]]);
        const found = play(planted).analyze().potential;
        assert.equal(found.length, leads(nests, low, high) ? 1 : 0);
        for (const { links } of found) {
          const wrong = links.find(({ held, wanted }) => held === `lock_${high}` && wanted === `lock_${low}`);
          assert.equal(wrong?.task, 9);
          assert.ok(links.every(({ wanted }, i) => wanted === links[(i + 1) % links.length]!.held));
        }
      }),
      { numRuns: 500 },
    );
  });
});
