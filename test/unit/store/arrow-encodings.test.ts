import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeData,
  makeVector,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint8,
  Uint32,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { joinFrames } from '../../../src/store/arrow-schema.ts';
import { loadArrow } from '../../../src/store/index.ts';
import { summariseLosses, type Trace, type TraceRecord, traceRecords } from '../../../src/trace/index.ts';
import { anyRecord, buildTrace, temporaryFolder } from './sample-trace.ts';

const TEXTS = ['type', 'mode', 'evidence', 'fn', 'kind', 'res', 'label', 'stack'] as const;
const NUMBERS = ['ts', 'tid', 'holder', 'size', 'gfp'] as const;
type Name = (typeof TEXTS)[number] | (typeof NUMBERS)[number];

const INDEXES = { Int8, Uint8, Int16, Int32, Uint32 };
type Encoding = keyof typeof INDEXES | 'plain';

function textType(encoding: Encoding, id: number): DataType {
  return encoding === 'plain' ? new Utf8() : new Dictionary(new Utf8(), new INDEXES[encoding]() as Int32, id);
}

function numberType(name: string, wide: boolean): DataType {
  const isTid = name === 'tid' || name === 'holder';
  return isTid ? (wide ? new Int64() : new Int32()) : wide ? new Float64() : new Int64();
}

/** Each batch with dictionaries of its own, so that those before are replaced. */
function writeBatches(schema: Schema, batches: readonly (readonly TraceRecord[])[]): Uint8Array {
  const writer = new RecordBatchStreamWriter();
  for (const records of batches) {
    const children = schema.fields.map(({ name, type }) => encode(name as Name, type, records).data[0]!);
    const struct = makeData({
      type: new Struct(schema.fields),
      length: records.length,
      nullCount: 0,
      children,
    });
    writer.write(new RecordBatch(schema, struct));
  }
  return writer.finish().toUint8Array(true);
}

function stackText({ stack = [] }: TraceRecord): string | undefined {
  return stack.length === 0 ? undefined : joinFrames(stack);
}

function encode(name: Name, type: DataType, records: readonly TraceRecord[]): Vector {
  const values = records.map((record) => {
    const value = name === 'stack' ? stackText(record) : record[name];
    return type instanceof Int64 && typeof value === 'number' ? BigInt(value) : (value ?? null);
  });
  return vectorFromArray(values, type);
}

function load(t: TestContext, bytes: Uint8Array): Trace {
  const path = join(temporaryFolder(t), 'encoded.arrow');
  writeFileSync(path, bytes);
  return loadArrow(path);
}

/** An event without what stands for a task's name: other writers' rows name tasks at other times than lines do. */
const anyEvent = anyRecord
  .filter(({ type }) => type !== 'task' && type !== 'loss')
  .map(({ pid: _, comm: __, ...event }): TraceRecord => event);
const encoding = fc.constantFrom<Encoding>('plain', 'Int8', 'Uint8', 'Int16', 'Int32', 'Uint32');

test('events come back whatever the types of columns and indexes, and however often dictionaries are replaced', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 4 }),
      fc.array(encoding, { minLength: TEXTS.length, maxLength: TEXTS.length }),
      fc.boolean(),
      (batches, encodings, wide) => {
        const fields = [
          ...TEXTS.map((name, i) => new Field(name, textType(encodings[i]!, i), true)),
          ...NUMBERS.map((name) => new Field(name, numberType(name, wide), true)),
        ];
        const trace = load(t, writeBatches(new Schema(fields), batches));
        const expected = buildTrace(batches.flat());
        assert.deepEqual(Array.from(traceRecords(trace)), Array.from(traceRecords(expected)));
        assert.deepEqual(trace.losses, []);
      },
    ),
    { numRuns: 150 },
  );
});

test('more kinds than are remembered are no trouble', (t) => {
  const records = Array.from({ length: 3000 }, (_, i): TraceRecord => {
    return { type: 'hold_begin', ts: i, tid: 1, kind: `kind${(i * 7) % 40}`, res: `r${i % 11}` };
  });
  const fields = [
    ...TEXTS.map((name, i) => new Field(name, textType('Int32', i), true)),
    ...NUMBERS.map((name) => new Field(name, numberType(name, false), true)),
  ];
  const trace = load(t, writeBatches(new Schema(fields), [records.slice(0, 300), records.slice(300)]));
  assert.deepEqual(Array.from(traceRecords(trace)), Array.from(traceRecords(buildTrace(records))));
});

/** Columns of one batch whose indexes are what they should never be. */
function hostileBatch(indexes: Int32Array | Int8Array): Uint8Array {
  const texts = vectorFromArray(['mutex', '0x1', 'wait_begin', 'write'], new Utf8());
  const index = indexes instanceof Int8Array ? new Int8() : new Int32();
  const good = (at: number, id: number) =>
    dictionary(
      texts,
      new Int32(),
      Int32Array.from(indexes, () => at),
      id,
    );
  const columns: Record<string, Vector> = {
    type: good(2, 0),
    kind: good(0, 1),
    res: good(1, 2),
    mode: dictionary(texts, index, indexes, 3),
    ts: vectorFromArray(
      Array.from(indexes, (_, i) => BigInt(i)),
      new Int64(),
    ),
    tid: vectorFromArray(
      Array.from(indexes, () => 1),
      new Int32(),
    ),
  };
  const schema = new Schema(Object.entries(columns).map(([name, { type }]) => new Field(name, type, true)));
  const children = Object.values(columns).map(({ data }) => data[0]!);
  const struct = makeData({
    type: new Struct(schema.fields),
    length: indexes.length,
    nullCount: 0,
    children,
  });
  const writer = new RecordBatchStreamWriter();
  writer.write(new RecordBatch(schema, struct));
  return writer.finish().toUint8Array(true);
}

function dictionary(
  texts: Vector<Utf8>,
  index: Int8 | Int32,
  data: Int8Array | Int32Array,
  id: number,
): Vector {
  const type = new Dictionary(new Utf8(), index, id);
  return makeVector(
    makeData({ type, length: data.length, nullCount: 0, data: data as Int32Array, dictionary: texts }),
  );
}

test('an index that its dictionary does not have makes a bad record, never a null or another text', (t) => {
  for (const indexes of [
    Int32Array.of(3, -1, -2, 4, 5, 0x7fff_ffff, -0x8000_0000, 3),
    Int8Array.of(3, -1, -2, 4, 5, 127, -128, 3),
  ]) {
    const trace = load(t, hostileBatch(indexes));
    assert.deepEqual(Array.from(trace.events.tsNs), [0, 7]);
    assert.deepEqual(summariseLosses(trace.losses).byReason, { bad_record: 6 });
  }
});
