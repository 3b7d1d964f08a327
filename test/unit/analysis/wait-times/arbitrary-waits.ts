import fc from 'fast-check';
import {
  addRecord,
  EVIDENCES,
  type Trace,
  TraceBuilder,
  type TraceRecord,
} from '../../../../src/trace/index.ts';
import { LOCK_COUNT, LockWorld, type Step, TASK_COUNT } from '../lock-world.ts';
import { traceOf } from '../trace-of.ts';

const op: fc.Arbitrary<Step['op']> = fc.oneof(
  { weight: 40, arbitrary: fc.constant('acquire' as const) },
  { weight: 1, arbitrary: fc.constant('acquire-again' as const) },
  { weight: 25, arbitrary: fc.constant('release' as const) },
  { weight: 4, arbitrary: fc.constantFrom('give-up' as const, 'submit' as const, 'complete' as const) },
  { weight: 1, arbitrary: fc.constant('restart' as const) },
);
const step: fc.Arbitrary<Step> = fc.record({
  op,
  task: fc.nat({ max: TASK_COUNT - 1 }),
  lock: fc.nat({ max: LOCK_COUNT - 1 }),
  mode: fc.constantFrom('read', 'write'),
});

/** What a small kernel does, with or without the holders that waits name, and with records missing. */
export const arbitraryWorld: fc.Arbitrary<Trace> = fc
  .tuple(
    fc.array(fc.noBias(step), { minLength: 10, maxLength: 120, size: 'max' }),
    fc.boolean(),
    fc.constantFrom<TraceRecord['type'] | undefined>(
      undefined,
      undefined,
      'hold_begin',
      'hold_end',
      'wait_end',
    ),
    fc.integer({ min: 2, max: 9 }),
  )
  .map(([steps, namesHolders, missing, every]) => {
    const records: TraceRecord[] = [];
    let seen = 0;
    const world = new LockWorld((record) => {
      if (record.type !== missing || ++seen % every !== 0) {
        records.push(record);
      }
    }, namesHolders);
    for (const one of steps) {
      world.play(one);
    }
    return traceOf(records);
  });

const tid = fc.integer({ min: 1, max: 5 });
const where = {
  ts: fc.nat({ max: 60 }),
  kind: fc.constantFrom('mutex', 'rwsem', 'percpu_rwsem', 'spinlock', 'folio_writeback', 'io'),
  res: fc.constantFrom('a', 'b'),
};
const mode = fc.option(fc.constantFrom('read' as const, 'write' as const), { nil: undefined });
const stack = fc.option(fc.constantFrom(['schedule', 'percpu_down_write'], ['f', 'g']), { nil: undefined });

const record: fc.Arbitrary<TraceRecord> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('wait_begin' as const),
      tid,
      ...where,
      mode,
      stack,
      holder: fc.option(tid, { nil: undefined }),
      evidence: fc.option(fc.constantFrom(...EVIDENCES), { nil: undefined }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constantFrom('wait_end' as const, 'hold_begin' as const, 'hold_end' as const),
      tid,
      ...where,
      mode,
    }),
  },
  fc.record({ type: fc.constantFrom('io_begin' as const, 'io_end' as const), ...where }),
  fc.record({ type: fc.constant('task' as const), tid, pid: tid, ts: where.ts }),
) as fc.Arbitrary<TraceRecord>;

/** Any records at all of few tasks and resources. */
export const arbitraryRecords: fc.Arbitrary<Trace> = fc
  .array(record, { maxLength: 60, size: 'max' })
  .map((records) => {
    const builder = new TraceBuilder();
    for (const one of records) {
      addRecord(builder, one);
    }
    return builder.finish({ endNs: 60 });
  });
