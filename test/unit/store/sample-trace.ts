import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import {
  ALLOC_FUNCTIONS,
  addRecord,
  type CaptureInfo,
  EVENT_TYPES,
  EVIDENCES,
  MODES,
  type Trace,
  TraceBuilder,
  type TraceRecord,
  traceRecords,
} from '../../../src/trace/index.ts';

export const INFO: CaptureInfo = {
  target: 'lab:default',
  hostname: 'guest',
  kernelRelease: '6.1.0-40-amd64',
  machine: 'x86_64',
  bootId: '6f0c5bd1-4fd3-4b45-9f36-2c5d1c1d2c11',
  scripts: ['folio-wait', 'folio-hold'],
  hooks: [
    { hook: 'lock_page', symbol: '__folio_lock' },
    { hook: 'pcpu_alloc', symbol: undefined, reason: 'not traceable' },
  ],
  thresholdNs: 10_000_000,
  clock: 'monotonic',
  startClockNs: '9223372036854775807',
  startedAt: '2026-03-01T10:00:00.000Z',
};

/** What only the end of a capture knows. */
export const LAST_INFO: CaptureInfo = { ...INFO, endNs: 9_000_000_000, endReason: 'duration' };

/** The recorded form of the page-lock / writeback deadlock, and one record of every other type. */
export const RECORDS: readonly TraceRecord[] = [
  { type: 'task', tid: 100, pid: 100, comm: 'fault' },
  {
    type: 'hold_begin',
    ts: 10,
    tid: 100,
    kind: 'folio_lock',
    res: '0xffffea0000a1',
    mode: 'write',
    stack: ['filemap_fault', '__do_fault'],
  },
  {
    type: 'alloc_begin',
    ts: 20,
    tid: 100,
    fn: 'pte_alloc_one',
    size: 4096,
    gfp: 0xdc0,
    stack: ['pte_alloc_one', 'finish_fault'],
  },
  { type: 'io_begin', ts: 25, res: '0xffffea0000b2' },
  {
    type: 'wait_begin',
    ts: 30,
    tid: 100,
    pid: 100,
    comm: 'fault',
    kind: 'folio_writeback',
    res: '0xffffea0000b2',
    holder: 101,
    evidence: 'traced',
    stack: ['folio_wait_writeback+0x3a/0xd0', 'shrink_folio_list', 'try_charge_memcg'],
    label: 'page 3 of inode 13',
  },
  { type: 'task', tid: 101, comm: 'kworker/u4:1' },
  {
    type: 'wait_begin',
    ts: 40,
    tid: 101,
    kind: 'folio_lock',
    res: '0xffffea0000a1',
    holder: 100,
    evidence: 'traced',
    mode: 'write',
    stack: ['__folio_lock', 'ext4_writepages [ext4]'],
  },
  { type: 'io_end', ts: 45, res: '0xffffea0000b2', tid: 0 },
  { type: 'loss', ts: 50, count: 3, reason: 'lost_events' },
  { type: 'wait_begin', ts: 60, tid: 102, kind: 'mutex', res: 'a "quoted"\nres' },
  { type: 'wait_end', ts: 70, tid: 102, kind: 'mutex', res: 'a "quoted"\nres' },
  { type: 'alloc_end', ts: 80, tid: 7, fn: 'pcpu_alloc' },
  { type: 'hold_end', ts: 90, tid: 100, kind: 'folio_lock', res: '0xffffea0000a1' },
  {
    type: 'wait_begin',
    ts: 35,
    tid: -3,
    kind: 'rwsem',
    res: 'late arrival',
    evidence: 'unknown',
    mode: 'read',
  },
];

export const ATTACHMENTS = [
  { name: 'dmesg', text: 'INFO: task fault:100 blocked\n'.repeat(20) },
  { name: 'proc/100/stack', text: '[<0>] folio_wait_writeback\u0000\n' },
];

export function buildTrace(records: Iterable<TraceRecord>, info: CaptureInfo = LAST_INFO): Trace {
  const builder = new TraceBuilder();
  for (const record of records) {
    if (addRecord(builder, record) !== undefined) {
      throw new Error(`not of the contract's form: ${JSON.stringify(record)}`);
    }
  }
  for (const attachment of ATTACHMENTS) {
    builder.addAttachment(attachment);
  }
  return builder.finish(info);
}

/** A trace as plain data, with everything a store has to keep. */
export function plainTrace(trace: Trace): unknown {
  return {
    info: trace.info,
    endNs: trace.endNs,
    attachments: trace.attachments,
    tasks: trace.tasks.rows(),
    records: Array.from(traceRecords(trace)),
  };
}

/** A folder that is gone when the test has ended. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Text as a hostile or unlucky kernel might have it; well-formed Unicode, which is what files can hold. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '',
    '\0',
    ';',
    '\\',
    '\\;',
    '"',
    '\n',
    '\r\n',
    '\u2028',
    '__proto__',
    'null',
    'a'.repeat(70_000),
  ),
);
const timeNs = fc.oneof(fc.nat(1000), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const tid = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: -0x7fff_ffff, max: 0x7fff_ffff }));
const count = fc.oneof(fc.nat(10), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const stack = fc.array(text, { maxLength: 4 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const common = {
  ts: timeNs,
  pid: optional(tid),
  comm: optional(text),
  mode: optional(fc.constantFrom(...MODES)),
  stack: optional(stack),
  holder: optional(tid),
  evidence: optional(fc.constantFrom(...EVIDENCES)),
  label: optional(text),
};
const lockTypes = EVENT_TYPES.filter((type) => /wait|hold/.test(type));

/** Any record of the contract. */
export const anyRecord: fc.Arbitrary<TraceRecord> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ ...common, type: fc.constantFrom(...lockTypes), tid, kind: text, res: text }),
  },
  fc.record({
    ...common,
    type: fc.constantFrom('alloc_begin' as const, 'alloc_end' as const),
    tid,
    fn: fc.constantFrom(...ALLOC_FUNCTIONS),
    size: optional(count),
    gfp: optional(count),
  }),
  fc.record({
    ...common,
    type: fc.constantFrom('io_begin' as const, 'io_end' as const),
    tid: optional(tid),
    res: text,
    kind: optional(text),
  }),
  fc.record({ type: fc.constant('task' as const), tid, pid: optional(tid), comm: optional(text) }),
  fc.record({ type: fc.constant('loss' as const), ts: timeNs, count, reason: text }),
);
