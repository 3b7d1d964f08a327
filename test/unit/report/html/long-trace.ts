import { addRecord, type Trace, TraceBuilder, type TraceRecord } from '../../../../src/trace/index.ts';

const TASKS = 2000;
const LOCKS = 64;
const STEP_NS = 50_000;

/** A busy machine on which two tasks come to wait for each other: `waits` that end, of lengths of their own, and as many holds. */
export function longTrace(waits: number): Trace {
  const builder = new TraceBuilder();
  for (const record of records(waits)) {
    const fault = addRecord(builder, record);
    if (fault !== undefined) {
      throw new Error(`${JSON.stringify(record)}: ${fault}`);
    }
  }
  return builder.finish({ endNs: (waits + 1) * STEP_NS + 60e9 });
}

/** Each lock goes from task to task; who comes waits until the one before lets go. */
function* records(waits: number): Generator<TraceRecord> {
  for (let tid = 1; tid <= TASKS; tid++) {
    yield { type: 'task', ts: 0, tid, pid: tid, comm: `worker${tid % 40}` };
  }
  for (let i = 0; i < waits; i++) {
    const ts = i * STEP_NS;
    const lock = { kind: 'mutex', res: `lock ${i % LOCKS}` };
    const next = 1 + (i % TASKS);
    yield {
      type: 'wait_begin',
      ts: ts - 1000 - ((i * 7919) % 40_000) + STEP_NS,
      tid: next,
      ...lock,
      stack: [`lock_${i % 7}`, `use_${i % 50}`, 'do_work'],
    };
    if (i >= LOCKS) {
      yield { type: 'hold_end', ts: ts + STEP_NS, tid: 1 + ((i - LOCKS) % TASKS), ...lock };
    }
    yield { type: 'wait_end', ts: ts + STEP_NS, tid: next, ...lock };
    yield { type: 'hold_begin', ts: ts + STEP_NS, tid: next, ...lock, stack: [`use_${i % 50}`, 'do_work'] };
  }
  const ts = (waits + 1) * STEP_NS;
  const [a, b] = [
    { kind: 'folio_lock', res: '0xffffea0000000040' },
    { kind: 'folio_writeback', res: '0xffffea0000000080' },
  ];
  yield { type: 'hold_begin', ts, tid: 5001, comm: 'fault-task', ...a };
  yield { type: 'hold_begin', ts, tid: 5002, comm: 'writer', ...b };
  yield { type: 'wait_begin', ts: ts + 1, tid: 5001, ...b, stack: ['folio_wait_writeback', 'do_fault'] };
  yield { type: 'wait_begin', ts: ts + 2, tid: 5002, ...a, stack: ['__folio_lock', 'writepages'] };
}
