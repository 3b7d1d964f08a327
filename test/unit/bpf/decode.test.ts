import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CaptureDecoder } from '../../../src/bpf/decode.ts';
import { dropTracerFrames, SymbolTable } from '../../../src/bpf/symbols.ts';
import { summariseLosses, TraceBuilder, type TraceRecord, traceRecords } from '../../../src/trace/index.ts';

const SYMBOLS = SymbolTable.parse(
  [
    'ffffffff81000000 T __folio_lock',
    'ffffffff81000100 t ext4_writepages\t[ext4]',
    'ffffffff81000200 t bpf_prog_1234_x\t[bpf]',
    'ffffffff81000300 D some_data',
    'ffffffff81000400 T last_one',
  ].join('\n'),
);

function decode(lines: readonly (string | object)[]): {
  records: TraceRecord[];
  losses: Readonly<Record<string, number>>;
} {
  const builder = new TraceBuilder();
  const decoder = new CaptureDecoder(builder, {
    symbols: SYMBOLS,
    deviceNames: new Map([['254:16', 'vdb']]),
  });
  for (const line of lines) {
    decoder.decodeLine(typeof line === 'string' ? line : JSON.stringify(line));
  }
  const trace = builder.finish();
  const records = [...traceRecords(trace)].map((record) => JSON.parse(JSON.stringify(record)) as TraceRecord);
  return {
    records: records.filter(({ type }) => type !== 'loss'),
    losses: summariseLosses(trace.losses).byReason,
  };
}

function printed(data: string): object {
  return { type: 'printf', data };
}

const START = printed('start clock=1000000\n');
const LOCK_WAIT = printed(
  'wait kind=folio_lock res=ffffea00 tid=415 pid=415 since=1000500 at=1090500 holder=412 held=1000100 by=3 dev=266338320 ino=13 index=64\n' +
    '\nffffffff81000205\nffffffff81000005\nffffffff81000110\ndeadbeef\n\n|fsync task\n|x',
);

describe('CaptureDecoder', () => {
  it('reads a stack that comes again from its text, and where its lock was taken from the same text', () => {
    const again = { ...LOCK_WAIT, data: (LOCK_WAIT as { data: string }).data.replaceAll('415', '416') };
    const hold = printed(
      'hold kind=folio_lock res=ffffea40 tid=412 pid=400 since=1000200 at=1000300 by=1\nffffffff81000205\nffffffff81000005\nffffffff81000110\n',
    );
    const { records, losses } = decode([START, LOCK_WAIT, again, hold]);
    assert.deepEqual(losses, {});
    const stackOf = (type: string, tid: number) =>
      records.find((record) => record.type === type && record.tid === tid && record.ts !== 100)?.stack;
    assert.deepEqual(stackOf('wait_begin', 416), stackOf('wait_begin', 415));
    assert.equal(stackOf('wait_begin', 416)?.[0], '__folio_lock+0x5/0x100');
    assert.deepEqual(stackOf('hold_begin', 412), [
      '__folio_lock+0x5/0x100',
      'ext4_writepages+0x10/0x100 [ext4]',
    ]);
  });

  it('does not take a record whose stack is none', () => {
    const broken = {
      ...LOCK_WAIT,
      data: (LOCK_WAIT as { data: string }).data.replace('deadbeef', 'dead beef'),
    };
    const { records, losses } = decode([START, broken, broken]);
    assert.deepEqual(records, []);
    assert.deepEqual(losses, { unparsable_line: 2 });
  });

  it('keeps times exact that no number holds', () => {
    const late = printed(
      'wait kind=mutex res=ff00 tid=7 pid=7 since=18014398509481985 at=18014398509481987\n|x',
    );
    const { records } = decode([printed('start clock=18014398509481984\n'), late]);
    assert.equal(records.find(({ type }) => type === 'wait_begin')?.ts, 1);
  });

  it('turns one joined wait into the hold and the wait, on the clock of the capture', () => {
    const { records, losses } = decode([START, printed('task tid=412 pid=400\n|fault-task'), LOCK_WAIT]);
    assert.deepEqual(losses, {});
    assert.deepEqual(records, [
      { type: 'task', ts: 0, tid: 412, pid: 400, comm: 'fault-task' },
      { type: 'task', ts: 0, tid: 415, pid: 415, comm: 'fsync task\n|x' },
      {
        type: 'hold_begin',
        ts: 100,
        tid: 412,
        kind: 'folio_lock',
        res: '0xffffea00',
        label: 'page 64 of inode 13 on vdb',
        stack: ['do_page_mkwrite'],
      },
      {
        type: 'wait_begin',
        ts: 500,
        tid: 415,
        kind: 'folio_lock',
        res: '0xffffea00',
        label: 'page 64 of inode 13 on vdb',
        stack: ['__folio_lock+0x5/0x100', 'ext4_writepages+0x10/0x100 [ext4]', '0xdeadbeef'],
        holder: 412,
        evidence: 'traced',
      },
    ]);
  });

  it('tells a hold once, however often the wait is printed, and ends it when the waiter gets the lock', () => {
    const { records } = decode([
      START,
      LOCK_WAIT,
      LOCK_WAIT,
      printed('got kind=folio_lock res=ffffea00 tid=415 at=1099999\n'),
    ]);
    assert.deepEqual(
      records.filter(({ type }) => type !== 'task').map(({ type, tid, ts }) => [type, tid, ts]),
      [
        ['hold_begin', 412, 100],
        ['wait_begin', 415, 500],
        ['wait_begin', 415, 500],
        ['hold_end', 412, 99_999],
        ['wait_end', 415, 99_999],
      ],
    );
  });

  it('leaves the hold as it is when a killable wait is given up', () => {
    const { records } = decode([
      START,
      LOCK_WAIT,
      printed('left kind=folio_lock res=ffffea00 tid=415 at=1099999\n'),
    ]);
    assert.deepEqual(
      records.filter(({ type }) => type.endsWith('_end')).map(({ type }) => type),
      ['wait_end'],
    );
  });

  it('takes no releaser on trust where nobody was known to hold the lock: it may be the victim of an interrupt', () => {
    const { records, losses } = decode([
      START,
      printed('wait kind=folio_lock res=a tid=2 pid=2 since=1000001 at=1000009 holder=0 held=0 by=0\n|w'),
      printed('free kind=folio_lock res=a tid=3 at=1000010\n'),
    ]);
    assert.deepEqual(losses, {});
    assert.deepEqual(
      records.map(({ type, holder }) => [type, holder]),
      [
        ['task', undefined],
        ['wait_begin', undefined],
      ],
    );
  });

  it('tells the three hands of a writeback apart', () => {
    const wait = (hands: number) =>
      printed(
        `wait kind=folio_writeback res=b tid=2 pid=2 since=1000001 at=1000009 holder=3 held=1000000 hands=${hands}\n|w`,
      );
    const open = decode([START, wait(1)]).records;
    assert.deepEqual(
      open.slice(1).map(({ type, holder, evidence }) => [type, holder, evidence]),
      [
        ['hold_begin', undefined, undefined],
        ['wait_begin', 3, 'traced'],
      ],
    );
    const device = decode([START, wait(2)]).records;
    assert.deepEqual(
      device.slice(1).map(({ type, holder }) => [type, holder]),
      [
        ['wait_begin', undefined],
        ['io_begin', undefined],
      ],
    );
    const unknown = decode([START, wait(0)]).records;
    assert.deepEqual(
      unknown.slice(1).map(({ type, holder, evidence }) => [type, holder, evidence]),
      [['wait_begin', 3, 'unknown']],
    );
  });

  it('takes a holder that tells of itself while others wait', () => {
    const { records } = decode([
      START,
      printed('wait kind=folio_lock res=a tid=2 pid=2 since=1000001 at=1000001 holder=0 held=0 by=0\n|w'),
      printed('free kind=folio_lock res=a tid=3 at=1000010\n'),
      printed('hold kind=folio_lock res=a tid=4 pid=4 since=1000012 by=5\n|thief'),
    ]);
    assert.ok(records.some(({ tid, comm }) => tid === 4 && comm === 'thief'));
    assert.deepEqual(
      records.filter(({ type }) => type !== 'task'),
      [
        { type: 'wait_begin', ts: 1, tid: 2, kind: 'folio_lock', res: '0xa', evidence: 'unknown' },
        { type: 'hold_begin', ts: 12, tid: 4, kind: 'folio_lock', res: '0xa', stack: ['__lock_page'] },
      ],
    );
  });

  it('gives everything in a bio to the device when it is submitted, and to nobody else', () => {
    const wait = (res: string, tid: number, bio: string, at: number) =>
      printed(
        `wait kind=folio_writeback res=${res} tid=${tid} pid=${tid} since=${at} at=${at} holder=9 held=1000000 hands=1 by=7 bio=${bio}\n|w`,
      );
    const { records } = decode([
      START,
      wait('a', 2, 'b10', 1_000_001),
      wait('b', 3, 'b10', 1_000_002),
      wait('c', 4, 'c10', 1_000_003),
      printed('submit bio=b10 at=1000005\n'),
      // Overtaken by the submission of its bio on another CPU.
      wait('d', 5, 'b10', 1_000_004),
      // The same address again, another bio.
      wait('e', 6, 'b10', 1_000_006),
    ]);
    assert.deepEqual(
      records.filter(({ type }) => type === 'io_begin').map(({ res, ts }) => [res, ts]),
      [
        ['0xa', 5],
        ['0xb', 5],
        ['0xd', 5],
      ],
    );
    assert.deepEqual(
      records.filter(({ type }) => type === 'wait_begin').map(({ res, holder }) => [res, holder]),
      [
        ['0xa', 9],
        ['0xb', 9],
        ['0xc', 9],
        ['0xd', undefined],
        ['0xe', 9],
      ],
    );
  });

  it('follows a writeback that is put into a bio while somebody waits for it', () => {
    const { records } = decode([
      START,
      printed(
        'wait kind=folio_writeback res=a tid=2 pid=2 since=1000001 at=1000001 holder=9 held=1000000 hands=0\n|w',
      ),
      printed('hold kind=folio_writeback res=a tid=9 since=1000000 at=1000002 by=7 bio=b10\n'),
      printed('submit bio=b10 at=1000003\n'),
      printed('submit at=1000004\n'),
    ]);
    assert.deepEqual(
      records.filter(({ type }) => type !== 'task').map(({ type, ts, stack }) => [type, ts, stack?.[0]]),
      [
        ['hold_begin', 0, '__test_set_page_writeback'],
        ['wait_begin', 1, undefined],
        ['io_begin', 3, undefined],
      ],
    );
  });

  it('ends both the hold and the I/O of a writeback that was submitted while somebody waited', () => {
    const wait = (hands: number) =>
      printed(
        `wait kind=folio_writeback res=b tid=2 pid=2 since=1000001 at=1000009 holder=3 held=1000000 hands=${hands}\n|w`,
      );
    const { records } = decode([
      START,
      wait(1),
      wait(2),
      printed('free kind=folio_writeback res=b tid=3 at=1000020\n'),
    ]);
    assert.deepEqual(
      records.slice(-2).map(({ type, ts }) => [type, ts]),
      [
        ['hold_end', 20],
        ['io_end', 20],
      ],
    );
  });

  it('reads allocations and reclaim passes', () => {
    const { records } = decode([
      START,
      printed(
        'alloc fn=pcpu_alloc tid=7 pid=7 since=1000001 size=32768 gfp=3264\nffffffff81000005\n|map-loop',
      ),
      printed('reclaim res=ff00 tid=7 pid=7 since=1000002\n|map-loop'),
      printed('reclaimed res=ff00 tid=7 at=1000003\n'),
      printed('done fn=pcpu_alloc tid=7 at=1000004\n'),
    ]);
    assert.deepEqual(
      records.slice(1).map(({ type, ts, fn, kind, size }) => [type, ts, fn ?? kind, size]),
      [
        ['alloc_begin', 1, 'pcpu_alloc', 32_768],
        ['hold_begin', 2, 'reclaim', undefined],
        ['hold_end', 3, 'reclaim', undefined],
        ['alloc_end', 4, 'pcpu_alloc', undefined],
      ],
    );
  });

  it('says of a reclaim pass whose memory it is after, where it is, and what it may not wait for', () => {
    const { records } = decode([
      START,
      printed('reclaim res=0 tid=7 pid=7 since=1000002 gfp=3264 shrinker=ffffffff81000110\n|map-task'),
      printed('reclaim res=0 tid=8 pid=8 since=1000003 gfp=3136 shrinker=0 node=1\n|kswapd1'),
      printed('reclaim res=ff00 tid=9 pid=9 since=1000004 gfp=3072\n|writer'),
    ]);
    assert.deepEqual(
      records.filter(({ type }) => type === 'hold_begin').map(({ label }) => label),
      [
        'reclaim for the whole machine, in ext4_writepages',
        "kswapd's reclaim of node 1, NOFS",
        'reclaim of memory cgroup 0xff00, NOIO',
      ],
    );
  });

  it('counts everything it cannot read, by reason, and goes on', () => {
    const { losses, records } = decode([
      START,
      'not json',
      '{"type": "printf", "data": "wait kind',
      printed('wait kind=folio_lock res=zz tid=2 since=1 at=2\n|x'),
      printed('nonsense a=1\n'),
      printed('wait tid\n'),
      { type: 'printf', data: 7 },
      { type: 'lost_events', data: { events: 17 } },
      { type: 'lost_events', data: { count: 3 } },
      {
        type: 'helper_error',
        msg: "Map full; can't update element.",
        helper: 'map_update_elem',
        retcode: -7,
      },
      { type: 'helper_error', msg: 'other', helper: 'x', retcode: -14 },
      { type: 'helper_error', msg: 'gone already', helper: 'map_delete_elem', retcode: -2 },
      { type: 'something_new', data: {} },
      '',
      { type: 'attached_probes', data: { probes: 3 } },
      LOCK_WAIT,
    ]);
    assert.deepEqual(losses, {
      unparsable_line: 6,
      lost_events: 20,
      map_full: 1,
      helper_error: 1,
      unknown_message: 1,
    });
    assert.equal(records.filter(({ type }) => type === 'wait_begin').length, 1);
  });

  it('takes an owner that was read from the lock, a reader-owner field as a hint only, and 0 as an answer', () => {
    const { records } = decode([
      START,
      printed('wait kind=mutex res=a tid=2 pid=2 since=1000001 at=1000009 owner=7\n|w'),
      printed('wait kind=rwsem res=b tid=3 pid=3 since=1000001 at=1000009 mode=2 hint=8\n|w'),
      printed('wait kind=rwsem res=c tid=4 pid=4 since=1000001 at=1000009 mode=1 owner=0\n|w'),
    ]);
    assert.deepEqual(
      records
        .filter(({ type }) => type === 'wait_begin')
        .map(({ tid, mode, holder, evidence }) => [tid, mode, holder, evidence]),
      [
        [2, undefined, 7, 'owner-field'],
        [3, 'write', 8, 'unknown'],
        [4, 'read', undefined, 'unknown'],
      ],
    );
  });

  it('keeps readers apart: one leaves, the others stay until a writer has the lock', () => {
    const hold = (tid: number) =>
      printed(
        `hold kind=rwsem res=a tid=${tid} pid=1 since=100000${tid} at=1000009 by=handle_mm_fault mode=1\n|r`,
      );
    const { records } = decode([
      START,
      hold(2),
      hold(3),
      hold(4),
      printed('free kind=rwsem res=a tid=3 at=1000010 mode=1\n'),
      printed('wait kind=rwsem res=a tid=8 pid=8 since=1000011 at=1000012 mode=1 owner=0\n|w'),
      printed('got kind=rwsem res=a tid=8 at=1000013 mode=1\n'),
      printed('wait kind=rwsem res=a tid=9 pid=9 since=1000014 at=1000015 mode=2 owner=0\n|w'),
      printed('got kind=rwsem res=a tid=9 at=1000020 mode=2\n'),
    ]);
    assert.deepEqual(
      records
        .filter(({ type }) => type.startsWith('hold_'))
        .map(({ type, tid, ts, mode }) => [type, tid, ts, mode]),
      [
        ['hold_begin', 2, 2, 'read'],
        ['hold_begin', 3, 3, 'read'],
        ['hold_begin', 4, 4, 'read'],
        ['hold_end', 3, 10, 'read'],
        ['hold_end', 2, 20, 'read'],
        ['hold_end', 4, 20, 'read'],
      ],
    );
  });

  it('lets a release that is told late end what was held then, and nothing younger', () => {
    const { records } = decode([
      START,
      printed('hold kind=mutex res=a tid=2 pid=2 since=1000010 at=1000020 by=x\n|w'),
      printed('hold kind=mutex res=a tid=3 pid=3 since=1000040 at=1000050 by=x\n|w'),
      printed('free kind=mutex res=a at=1000030\n'),
      printed('free kind=mutex res=a at=1000060\n'),
    ]);
    assert.deepEqual(
      records.filter(({ type }) => type === 'hold_end').map(({ tid, ts }) => [tid, ts]),
      [[3, 60]],
    );
  });

  it('names locks: static ones by their symbol, embedded ones by what a record says of them', () => {
    const wait = (kind: string, res: string, tid: number) =>
      printed(`wait kind=${kind} res=${res} tid=${tid} pid=9 since=1000001 at=1000009\n|w`);
    const { records } = decode([
      START,
      wait('mutex', 'ffffffff81000300', 2),
      wait('mutex', 'ffffffff81000318', 3),
      wait('mutex', 'ffff888000001000', 4),
      wait('rwsem', 'b', 5),
      printed('lock res=b member=inode.i_rwsem dev=266338320 ino=13\n'),
      printed('lock res=c member=mm_struct.mmap_lock of=412\n|a b'),
      wait('rwsem', 'c', 6),
      printed('lock res=d member=super_block.s_writers dev=266338321\n'),
      wait('percpu_rwsem', 'd', 7),
      printed('lock res=f member=inode.i_rwsem dev=5 ino=3\n|tmpfs'),
      wait('rwsem', 'f', 10),
      printed('lock res=e member=cpuhp_cpu_state.done_down cpu=1\n'),
      wait('completion', 'e', 8),
      wait('folio_lock', 'ffffffff81000300', 9),
    ]);
    assert.deepEqual(
      records.filter(({ type }) => type === 'wait_begin').map(({ tid, label }) => [tid, label]),
      [
        [2, 'some_data'],
        [3, 'some_data+0x18'],
        [4, undefined],
        [5, 'inode.i_rwsem of inode 13 on vdb'],
        [6, 'mm_struct.mmap_lock of a b:412'],
        [7, 'super_block.s_writers of device 254:17'],
        [10, 'inode.i_rwsem of inode 3 on tmpfs'],
        [8, 'cpuhp_cpu_state.done_down of CPU 1'],
        [9, undefined],
      ],
    );
  });

  it('says of which type a file system is, once a record has told', () => {
    const fields = 'tid=2 pid=2 since=1000001 at=1000009 holder=0 held=0 by=0 dev=266338320 ino=13 index=6';
    const { records, losses } = decode([
      START,
      printed(`wait kind=folio_lock res=a ${fields} fs=\n|w`),
      printed(`wait kind=folio_lock res=b ${fields} fs=ext4\n|w`),
      printed(`wait kind=folio_lock res=c ${fields}\n|w`),
      printed('wait kind=rwsem res=d tid=2 pid=2 since=1000001 at=1000009\n|w'),
      printed('lock res=d member=inode.i_rwsem dev=266338320 ino=13\n|vdb'),
      printed('wait kind=rwsem res=e tid=2 pid=2 since=1000001 at=1000009\n|w'),
      printed('lock res=e member=inode.i_rwsem dev=5 ino=13 fs=tmpfs\n|tmpfs'),
    ]);
    assert.deepEqual(losses, {});
    assert.deepEqual(
      records.filter(({ type }) => type === 'wait_begin').map(({ res, label }) => [res, label]),
      [
        ['0xa', 'page 6 of inode 13 on vdb'],
        ['0xb', 'page 6 of inode 13 on vdb (ext4)'],
        ['0xc', 'page 6 of inode 13 on vdb (ext4)'],
        ['0xd', 'inode.i_rwsem of inode 13 on vdb (ext4)'],
        ['0xe', 'inode.i_rwsem of inode 13 on tmpfs'],
      ],
    );
  });

  it('turns an order that a task went through into holds with their stacks, and ends both', () => {
    const { records, losses } = decode([
      START,
      printed(
        'hold kind=folio_writeback res=a tid=9 pid=9 since=1000100 at=1000200 by=11 bio=b dev=266338320 ino=13 index=0 fs=ext4\n|dd',
      ),
      printed(
        'hold kind=folio_lock res=c tid=9 pid=9 since=1000200 at=1000201 by=1 dev=266338320 ino=13 index=1 fs=ext4\nffffffff81000305\nffffffff81000005\nffffffff81000110\n|dd',
      ),
      printed('free kind=folio_lock res=c tid=9 at=1000300\n'),
      printed('submit bio=b at=1000400\n'),
      printed('free kind=folio_writeback res=a at=1000500\n'),
    ]);
    assert.deepEqual(losses, {});
    assert.deepEqual(
      records.slice(1).map(({ type, ts, tid, res, stack }) => [type, ts, tid, res, stack]),
      [
        ['hold_begin', 100, 9, '0xa', ['bio_add_page']],
        ['hold_begin', 200, 9, '0xc', ['__folio_lock+0x5/0x100', 'ext4_writepages+0x10/0x100 [ext4]']],
        ['hold_end', 300, 9, '0xc', undefined],
        ['io_begin', 400, undefined, '0xa', undefined],
        ['hold_end', 500, 9, '0xa', undefined],
        ['io_end', 500, undefined, '0xa', undefined],
      ],
    );
  });

  it('takes no record for granted before the clock has started', () => {
    assert.deepEqual(decode([LOCK_WAIT]).losses, { unparsable_line: 1 });
  });

  it('keeps the last sign of life and clock readings beyond 2^53', () => {
    const builder = new TraceBuilder();
    const decoder = new CaptureDecoder(builder, { symbols: SYMBOLS, deviceNames: new Map() });
    decoder.decodeLine(JSON.stringify(printed('start clock=9007199254740993000\n')));
    decoder.decodeLine(JSON.stringify(printed('tick at=9007199254740993007\n')));
    assert.equal(decoder.aliveNs, 7);
    assert.equal(decoder.startClockNs, 9007199254740993000n);
  });
});

describe('SymbolTable', () => {
  it('resolves by the nearest text symbol and leaves the rest as an address', () => {
    assert.equal(SYMBOLS.frame('ffffffff81000110'), 'ext4_writepages+0x10/0x100 [ext4]');
    assert.equal(SYMBOLS.frame('ffffffff810003ff'), 'bpf_prog_1234_x+0x1ff/0x200 [bpf]');
    assert.equal(SYMBOLS.frame('1000'), '0x1000');
    assert.equal(SYMBOLS.frame('ffffffff81000405'), 'last_one+0x5/0x1000');
    assert.equal(SYMBOLS.frame('ffffffff81001400'), '0xffffffff81001400');
    assert.equal(SYMBOLS.size, 4);
  });

  it('drops the tracer from a stack, and the second mention of the function it sits in', () => {
    assert.deepEqual(
      dropTracerFrames([
        'bpf_prog_1_x+0x1/0x2 [bpf]',
        'a+0x5/0x9',
        'bpf_trampoline_7+0x4/0x9',
        'a+0x5/0x9',
        'b+0x1/0x9',
        'b+0x1/0x9',
        'kretprobe_trampoline+0x0/0x50',
      ]),
      ['a+0x5/0x9', 'b+0x1/0x9', 'b+0x1/0x9'],
    );
  });
});
