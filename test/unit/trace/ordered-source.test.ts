import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addRecord,
  eventRecord,
  RecordOrder,
  surveySource,
  TraceBuilder,
  type TraceRecord,
  traceRecords,
} from '../../../src/trace/index.ts';
import { recordSource } from '../analysis/record-source.ts';
import { anyRecord } from '../store/sample-trace.ts';

/** All records in order, as a survey and a second reading give them. */
async function readInOrder(
  records: readonly TraceRecord[],
  sizes: readonly number[],
  windowEvents: number,
): Promise<{ records: TraceRecord[]; events: number; endNs: number }> {
  const capture = await surveySource(recordSource(records, sizes), undefined, { windowEvents });
  const { tables, rest, events } = capture;
  const order = new RecordOrder(tables.tasks, rest.losses);
  const all: TraceRecord[] = [];
  for await (const batch of capture.batches()) {
    all.push(...order.next(batch, (i) => eventRecord(tables, batch, i)));
  }
  return { records: [...all, ...order.end()], events, endNs: rest.endNs };
}

describe('a surveyed source', () => {
  it('gives what the whole trace gives, in whatever order and batches it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRecord, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        async (records, sizes, windowEvents) => {
          const builder = new TraceBuilder();
          for (const record of records) {
            assert.equal(addRecord(builder, record), undefined);
          }
          const trace = builder.finish();
          const read = await readInOrder(records, sizes, windowEvents);
          assert.deepEqual(read.records, Array.from(traceRecords(trace)));
          assert.deepEqual([read.events, read.endNs], [trace.events.length, trace.endNs]);
        },
      ),
    );
  });

  it('says how far both readings are', async () => {
    const records = [3, 1, 2].map((ts) => ({ type: 'io_begin' as const, ts, res: 'a' }));
    const told: string[] = [];
    const capture = await surveySource(recordSource(records, [1]), ({ pass, events }) => {
      told.push(`${pass}: ${events}`);
    });
    assert.deepEqual(told, ['1: 1', '1: 2', '1: 3']);
    for await (const batch of capture.batches()) {
      assert.deepEqual([...batch.tsNs], [1, 2, 3]);
    }
    assert.deepEqual(told.slice(3), ['2: 1', '2: 2', '2: 3']);
  });
});
