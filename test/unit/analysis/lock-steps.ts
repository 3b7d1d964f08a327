import fc from 'fast-check';
import { LOCK_COUNT, type Step, TASK_COUNT } from './lock-world.ts';

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.constantFrom('acquire', 'acquire', 'acquire', 'release', 'give-up', 'submit', 'complete', 'restart'),
  task: fc.nat({ max: TASK_COUNT - 1 }),
  lock: fc.nat({ max: LOCK_COUNT - 1 }),
  mode: fc.constantFrom('read', 'write'),
});

/** A day in a world of locks, in which everything happens often. */
export const busySteps = fc.array(fc.noBias(step), { minLength: 10, maxLength: 100, size: 'max' });
