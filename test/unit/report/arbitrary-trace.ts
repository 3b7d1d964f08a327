import fc from 'fast-check';
import {
  ALLOC_FUNCTIONS,
  addRecord,
  EVIDENCES,
  KINDS,
  type Trace,
  TraceBuilder,
} from '../../../src/trace/index.ts';

const tid = fc.integer({ min: -2, max: 6 });
const ts = fc.integer({ min: 0, max: 60_000_000_000 });
/** Anything a program may call itself: controls, escapes, lone surrogates, wide and combining characters. */
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('dd', '\x1b[2J', 'a\nb', '漢字', 'e\u0301', 'constructor', '__proto__'),
);
const frames = fc.array(fc.oneof(name, fc.constantFrom('schedule', 'do_syscall_64', 'f+0x1/0x2 [m]')), {
  maxLength: 24,
});
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const resource = {
  kind: fc.oneof(fc.constantFrom(...KINDS), name),
  res: fc.oneof(fc.constantFrom('r1', 'r2', 'r3', 'r4'), name),
};
const mode = optional(fc.constantFrom('read', 'write'));

const record = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('hold_begin', 'hold_end', 'wait_end'),
      ts,
      tid,
      ...resource,
      mode,
      comm: optional(name),
      stack: optional(frames),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('wait_begin'),
      ts,
      tid,
      ...resource,
      mode,
      pid: optional(tid),
      comm: optional(name),
      label: optional(name),
      stack: optional(frames),
      holder: optional(tid),
      evidence: optional(fc.constantFrom(...EVIDENCES)),
    }),
  },
  fc.record({
    type: fc.constantFrom('alloc_begin', 'alloc_end'),
    ts,
    tid,
    fn: fc.constantFrom(...ALLOC_FUNCTIONS),
  }),
  fc.record({ type: fc.constantFrom('io_begin', 'io_end'), ts, tid: optional(tid), res: resource.res }),
  fc.record({ type: fc.constant('loss'), ts, count: fc.integer({ min: 1, max: 1e6 }), reason: name }),
);

/** Traces of few tasks and resources, so that chains, cycles and reuse are common. */
export const arbitraryTrace: fc.Arbitrary<Trace> = fc.array(record, { maxLength: 40 }).map((records) => {
  const builder = new TraceBuilder();
  for (const one of records) {
    addRecord(builder, one);
  }
  return builder.finish();
});
