import assert from 'node:assert/strict';
import { addRecord, type Trace, TraceBuilder, type TraceRecord } from '../../../src/trace/index.ts';

/** A trace of contract records, which must all be in form. */
export function traceOf(records: Iterable<TraceRecord>): Trace {
  const builder = new TraceBuilder();
  for (const record of records) {
    assert.equal(addRecord(builder, record), undefined, `record in form: ${JSON.stringify(record)}`);
  }
  return builder.finish();
}

type Rest = Partial<TraceRecord>;

export function waitBegin(ts: number, tid: number, kind: string, res: string, rest: Rest = {}): TraceRecord {
  return { type: 'wait_begin', ts, tid, kind, res, ...rest };
}

export function waitEnd(ts: number, tid: number, kind: string, res: string): TraceRecord {
  return { type: 'wait_end', ts, tid, kind, res };
}

export function holdBegin(ts: number, tid: number, kind: string, res: string, rest: Rest = {}): TraceRecord {
  return { type: 'hold_begin', ts, tid, kind, res, ...rest };
}

export function holdEnd(ts: number, tid: number, kind: string, res: string, rest: Rest = {}): TraceRecord {
  return { type: 'hold_end', ts, tid, kind, res, ...rest };
}
