import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RecordBatchFileWriter, tableFromIPC } from 'apache-arrow';
import { openArrowSink, openSource, openSqliteSink } from '../../../src/store/index.ts';
import {
  addRecord,
  BATCH_EVENTS,
  concatColumns,
  type EventColumns,
  HoldwaitError,
  readTrace,
  TraceBuilder,
  type TraceReading,
  type TraceRecord,
  writeNdjson,
} from '../../../src/trace/index.ts';
import { buildTrace, INFO, LAST_INFO, plainTrace, RECORDS, temporaryFolder } from './sample-trace.ts';
import { writeRecords } from './write-trace.ts';

const FORMATS = ['sqlite', 'arrows', 'arrow', 'ndjson'] as const;

/** The same records in every format. */
async function writeAll(t: TestContext, records: readonly TraceRecord[], batchSize = 3) {
  const folder = temporaryFolder(t);
  const at = (format: string) => join(folder, `capture.${format}`);
  await writeRecords(openSqliteSink(at('sqlite'), INFO), records, batchSize);
  await writeRecords(openArrowSink(at('arrows'), INFO), records, batchSize);
  const table = tableFromIPC(readFileSync(at('arrows')));
  writeFileSync(at('arrow'), RecordBatchFileWriter.writeAll(table).toUint8Array(true));
  writeFileSync(at('ndjson'), Array.from(writeNdjson(buildTrace(records))).join(''));
  return at;
}

/** Files that this process has open; one that is closed while we look is none. */
function openFiles(): (string | undefined)[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return undefined;
    }
  });
}

async function collect(reading: TraceReading): Promise<EventColumns[]> {
  const batches: EventColumns[] = [];
  for await (const batch of reading.batches()) {
    batches.push(batch);
  }
  return batches;
}

function manyWaits(count: number): TraceRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    type: 'wait_begin',
    ts: i,
    tid: 1 + (i % 50),
    kind: i % 2 ? 'mutex' : 'folio_lock',
    res: `0x${i % 700}`,
    stack: [`f${i % 90}`, 'g'],
  }));
}

test('every format can be read again and again, each time the same', async (t) => {
  const at = await writeAll(t, RECORDS);
  const expected = plainTrace(buildTrace(RECORDS));
  for (const format of FORMATS) {
    const source = await openSource(at(format));
    assert.deepEqual(plainTrace(await readTrace(source)), expected, format);
    assert.deepEqual(plainTrace(await readTrace(source)), expected, `${format}, once more`);
  }
});

test('a second reading that goes on with the names of the first gives the same indexes', async (t) => {
  const at = await writeAll(t, RECORDS);
  for (const format of FORMATS) {
    const source = await openSource(at(format));
    const first = source.open();
    const events = await collect(first);
    const second = source.open(first.tables);
    assert.deepEqual(await collect(second), events, format);
    assert.equal(second.tables.resources, first.tables.resources);
    assert.deepEqual(second.tables.tasks.rows(), first.tables.tasks.rows());
  }
});

test('batches are of a size, whatever the sizes in the file, and their names are there when they come', async (t) => {
  const records = manyWaits(80_000);
  for (const batchSize of [7000, 80_000]) {
    const at = await writeAll(t, records, batchSize);
    for (const format of FORMATS) {
      const reading = (await openSource(at(format))).open();
      let events = 0;
      let share = 0;
      for await (const { length, resource, stack } of reading.batches()) {
        events += length;
        assert.ok(length < BATCH_EVENTS + 7000 + BATCH_EVENTS, `${format}: ${length}`);
        assert.ok(resource.every((index) => index < reading.tables.resources.size));
        assert.ok(stack.every((index) => index < reading.tables.stacks.size));
        const now = reading.share?.() ?? 0;
        assert.ok(now >= share && now <= 1, `${format}: ${now} after ${share}`);
        share = now;
      }
      assert.ok(share > 0.5, format);
      assert.equal(events, records.length, format);
    }
  }
});

test('what is written after the first reading began is for nobody', async (t) => {
  const folder = temporaryFolder(t);
  const at = (format: string) => join(folder, format);
  const builder = new TraceBuilder();
  const sinks = [openSqliteSink(at('sqlite'), INFO), openArrowSink(at('arrow'), INFO)];
  const write = (record: TraceRecord) => {
    addRecord(builder, record);
    appendFileSync(at('ndjson'), `${JSON.stringify(record)}\n`);
    const batch = builder.take();
    for (const sink of sinks) {
      sink.write(batch, builder);
    }
  };
  const [early, late] = manyWaits(2);
  write(early!);
  const sources = await Promise.all(['sqlite', 'arrow', 'ndjson'].map((format) => openSource(at(format))));
  const first = await Promise.all(sources.map((source) => collect(source.open())));
  write(late!);
  const second = await Promise.all(sources.map((source) => collect(source.open())));
  assert.deepEqual(second, first);
  assert.deepEqual(
    first.map((batches) => concatColumns(batches).length),
    [1, 1, 1],
  );
  for (const sink of sinks) {
    await sink.close(LAST_INFO);
  }
});

test('whoever leaves early leaves nothing open', async (t) => {
  const at = await writeAll(t, manyWaits(70_000), 35_000);
  for (const format of FORMATS) {
    const path = at(format);
    for await (const batch of (await openSource(path)).open().batches()) {
      assert.ok(batch.length > 0);
      break;
    }
    assert.ok(!openFiles().includes(path), format);
  }
});

test('damage comes to light when it is read, after the good batches', async (t) => {
  const at = await writeAll(t, RECORDS, 2);
  const stream = readFileSync(at('arrows'));
  writeFileSync(at('cut'), stream.subarray(0, stream.length - 700));
  const reading = (await openSource(at('cut'))).open();
  const [events] = await collect(reading);
  assert.ok(events!.length > 0);
  assert.deepEqual(
    reading
      .rest()
      .losses.filter(({ reason }) => reason === 'truncated')
      .map(({ count }) => count),
    [1],
  );
  writeFileSync(at('foreign'), readFileSync(at('sqlite')).subarray(0, 5000));
  const damaged = await openSource(at('foreign'));
  await assert.rejects(
    collect(damaged.open()),
    (error) => error instanceof HoldwaitError && error.code === 'CAPTURE_CORRUPT',
  );
});
