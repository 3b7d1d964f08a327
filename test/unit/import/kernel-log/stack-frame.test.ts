import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFrame, StackCollector } from '../../../../src/import/kernel-log/stack-frame.ts';
import { findStackWait } from '../../../../src/import/kernel-log/wait-kind.ts';

function collect(lines: readonly string[]): StackCollector {
  const stack = new StackCollector();
  for (const line of lines) {
    const frame = parseFrame(line);
    assert.ok(frame !== undefined, line);
    stack.add(frame);
  }
  return stack;
}

test('a frame is read in the forms of all architectures', () => {
  const frames: readonly (readonly [line: string, text: string])[] = [
    [' schedule+0x5a/0xd0', 'schedule+0x5a/0xd0'],
    [' [<ffffffff811aaa52>] wait_on_page_bit+0x82/0xa0', 'wait_on_page_bit+0x82/0xa0'],
    ['[<0>] do_wait+0x1/0x2', 'do_wait+0x1/0x2'],
    [' ext4_writepages+0x486/0x1190 [ext4]', 'ext4_writepages+0x486/0x1190 [ext4]'],
    [' nv_open+0x4/0x10 [nvidia(OE)]', 'nv_open+0x4/0x10 [nvidia]'],
    [' f+0x4/0x10 [m 0123456789abcdef0123456789abcdef01234567]', 'f+0x4/0x10 [m]'],
    ['[c000000049a87860] [c0000000013866a0] schedule+0x50/0xd0', 'schedule+0x50/0xd0'],
    [' f.isra.0+0x1/0x2', 'f.isra.0+0x1/0x2'],
    [' f+0x1/0x2 fs/f.c:12', 'f+0x1/0x2'],
  ];
  for (const [line, text] of frames) {
    assert.deepEqual([parseFrame(line)?.text, parseFrame(line)?.unreliable], [text, false], line);
  }
});

test('what only lies on the stack is kept apart', () => {
  const stack = collect([
    ' a+0x1/0x2',
    ' ? b+0x1/0x2',
    ' [<ffffffff8388f2bb>] ? c+0x1/0x2 [m]',
    ' d+0x1/0x2',
  ]);
  assert.deepEqual(stack.names, ['a', 'd']);
  assert.deepEqual(stack.unreliable, ['b+0x1/0x2', 'c+0x1/0x2 [m]']);
});

test('the old ARM form names each function once', () => {
  const expected = ['__schedule', 'schedule', 'io_schedule', '__lock_page'];
  const old = collect([
    '[<80c1e5e8>] (__schedule) from [<80c1eb20>] (schedule+0x60/0xdc)',
    '[<80c1eb20>] (schedule) from [<80c1ec14>] (io_schedule+0x48/0x6c)',
    '[<80c1ec14>] (io_schedule) from [<8028986c>] (__lock_page+0x64/0x84)',
  ]);
  assert.deepEqual(old.names, expected);
  const plain = collect([' __schedule from schedule+0x60/0xdc', ' schedule from io_schedule+0x48/0x6c']);
  assert.deepEqual(plain.names, expected.slice(0, 3));
});

test('lines that are no frames are none', () => {
  for (const line of [
    'RIP: 0010:lock_acquire+0x25f/0x540',
    ' #0: ffff8880a9 (rtnl_mutex){+.+.}, at: rtnl_lock+0x17/0x20',
    '[<ffffffffffffffff>] 0xffffffffffffffff',
    'Call Trace:',
    'size is 0x10/0x20',
    `${'a+0x1/0x2 '.repeat(80)}`,
  ]) {
    assert.equal(parseFrame(line), undefined, line);
  }
});

test('frames of a tracer are left out, and the function it traced counts once', () => {
  const stack = collect([
    ' schedule+0x5a/0xd0',
    ' percpu_rwsem_wait+0x116/0x140',
    ' bpf_trampoline_6442519148+0x76/0x1000',
    ' percpu_rwsem_wait+0x5/0x140',
    ' __percpu_down_read+0x64/0x120',
  ]);
  assert.deepEqual(stack.names, ['schedule', 'percpu_rwsem_wait', '__percpu_down_read']);
});

test('two stacks in one are seen to be two', () => {
  assert.equal(collect([' __schedule+0x1/0x2', ' schedule+0x1/0x2', ' f+0x1/0x2']).isMixed, false);
  assert.equal(collect([' schedule+0x1/0x2', ' f+0x1/0x2', ' __schedule+0x1/0x2']).isMixed, true);
});

const WAITS: readonly (readonly [
  names: string,
  kind: string,
  mode: string | undefined,
  frame: string | undefined,
])[] = [
  ['__schedule schedule __mutex_lock rtnl_lock', 'mutex', undefined, 'rtnl_lock'],
  [
    'schedule rwsem_down_read_failed call_rwsem_down_read_failed down_read do_exit',
    'rwsem',
    'read',
    'do_exit',
  ],
  ['schedule rwsem_down_write_slowpath down_write f', 'rwsem', 'write', 'f'],
  ['schedule rwsem_down_read_failed down_read percpu_down_read f', 'percpu_rwsem', 'read', 'f'],
  [
    'schedule percpu_rwsem_wait __percpu_down_read cpus_read_lock f',
    'percpu_rwsem',
    'read',
    'cpus_read_lock',
  ],
  ['schedule io_schedule wait_on_page_bit_common __lock_page f', 'folio_lock', undefined, 'f'],
  ['wait_on_page_bit shrink_page_list f', 'folio_writeback', undefined, 'shrink_page_list'],
  ['io_schedule folio_wait_bit_common folio_wait_writeback f', 'folio_writeback', undefined, 'f'],
  ['schedule schedule_timeout __wait_for_common __flush_work f', 'completion', undefined, 'f'],
  ['schedule synchronize_rcu_expedited f', 'grace_period', undefined, 'synchronize_rcu_expedited'],
  ['schedule io_schedule bit_wait_io __wait_on_bit f', 'io', undefined, 'f'],
  ['schedule wait_current_trans start_transaction', 'transaction', undefined, 'start_transaction'],
  ['schedule request_wait_answer fuse_simple_request', 'fuse_request', undefined, 'fuse_simple_request'],
  ['schedule pipe_read', 'event', undefined, 'pipe_read'],
  ['', 'event', undefined, undefined],
];

test('the top of a stack says what for it waits and where it hangs', () => {
  for (const [names, kind, mode, frame] of WAITS) {
    const found = findStackWait(names.split(' ').filter((name) => name !== ''));
    assert.deepEqual([found.kind, found.mode, found.frame], [kind, mode, frame], names);
  }
});
