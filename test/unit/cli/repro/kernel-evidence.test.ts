import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../../analysis/index.ts';
import {
  compareWithKernel,
  createReportReader,
  findNamedTasks,
  waitForReports,
} from '../../../../src/cli/repro/kernel-evidence.ts';
import { LineFeed } from '../../../../src/cli/repro/line-feed.ts';
import { addRecord, TraceBuilder } from '../../../../src/trace/index.ts';

const LOG = `
[ 2758.129099] INFO: task kworker/u4:2:950 blocked for more than 2 seconds.
[ 2758.129100]       Tainted: G           OE      6.1.0-50-amd64 #1 Debian 6.1.176-1
[ 2758.134202] INFO: task fault-task:1883 blocked for more than 2 seconds.
`;
const FAULT_STACK = `[<0>] folio_wait_bit_common+0x13d/0x350
[<0>] folio_wait_writeback+0x28/0x80
[<0>] bpf_trampoline_6442462154+0x4d/0x1000
[<0>] shrink_folio_list+0x6cd/0xb60
[<0>] pte_alloc_one+0x13/0x40
`;
/** A tail call took __folio_lock off the kernel's own stack. */
const WRITER_STACK = `[<0>] folio_wait_bit_common+0x13d/0x350
[<0>] mpage_prepare_extent_to_map+0x336/0x440 [ext4]
[<0>] ext4_writepages+0x451/0x11e0 [ext4]
`;

function analyzeCycle(probeFrames: readonly string[] = []): Analysis {
  const builder = new TraceBuilder();
  const records = [
    { type: 'hold_begin', ts: 1, tid: 1883, kind: 'folio_lock', res: 'a' },
    { type: 'hold_begin', ts: 2, tid: 950, kind: 'folio_writeback', res: 'b' },
    {
      type: 'wait_begin',
      ts: 3,
      tid: 950,
      kind: 'folio_lock',
      res: 'a',
      stack: [
        ...probeFrames,
        '__folio_lock+0x5/0x20',
        'mpage_prepare_extent_to_map+0x336/0x440 [ext4]',
        'ext4_writepages+0x1/0x2 [ext4]',
      ],
    },
    {
      type: 'wait_begin',
      ts: 4,
      tid: 1883,
      kind: 'folio_writeback',
      res: 'b',
      stack: ['folio_wait_writeback+0x5/0x80', 'shrink_folio_list+0x6cd/0xb60', 'pte_alloc_one+0x5/0x40'],
    },
  ];
  for (const record of records) {
    assert.equal(addRecord(builder, record), undefined);
  }
  return analyzeTrace(builder.finish());
}

/** As printed by 6.1 and by 6.12: the second knows the user, too. */
const RCU_STALL = `
[   61.1] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
[   61.2] rcu: \t1-...0: (0 ticks this GP) idle=5fb4/1/0x4000000000000002 softirq=2210/2210 fqs=2626
[   61.3] \t(detected by 0, t=5252 jiffies, g=2885, q=120 ncpus=2)
[   61.4] Sending NMI from CPU 0 to CPUs 1:
[   61.5] NMI backtrace for cpu 1
[   61.6] CPU: 1 PID: 210 Comm: nest task:x Tainted: G           OE      6.1.0-56-amd64 #1  Debian 6.1.192-2
[   61.7] Call Trace:
[   61.8]  <IRQ>
[   70.0] CPU: 0 PID: 300 Comm: other Not tainted 6.1.0-56-amd64
[   82.1] rcu: INFO: rcu_sched self-detected stall on CPU
[   82.2] CPU: 1 UID: 0 PID: 211 Comm: spinner Not tainted 6.12.117+deb13-amd64
[   82.3] Call Trace:
[   99.1] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D } 21 jiffies s: 1 root: 0x2/.
[   99.2] Task dump for CPU 1:
[   99.3] task:a b state:R running task     stack:0     pid:212   ppid:2      flags:0x00004008
[   99.4] Call Trace:
`;

describe('findNamedTasks', () => {
  it('finds hung tasks behind names that hold colons', () => {
    assert.deepEqual(findNamedTasks(LOG), [
      { tid: 950, by: 'hung-task' },
      { tid: 1883, by: 'hung-task' },
    ]);
    assert.deepEqual(findNamedTasks('[ 1.0] INFO: task a:b:7 blocked in I/O wait for more than 2 seconds.'), [
      { tid: 7, by: 'hung-task' },
    ]);
  });

  it('finds the task of a stalled CPU, however it is printed, and no CPU that is merely mentioned', () => {
    assert.deepEqual(findNamedTasks(RCU_STALL), [
      { tid: 210, by: 'stall' },
      { tid: 211, by: 'stall' },
      { tid: 212, by: 'stall' },
    ]);
  });

  it('finds the task of a soft lockup', () => {
    const line = '[  352.5] watchdog: BUG: soft lockup - CPU#1 stuck for 134s! [syz executor:2:10431]';
    assert.deepEqual(createReportReader()(line), { tid: 10431, by: 'stall' });
  });
});

describe('waitForReports', () => {
  function openLog() {
    const stdout = new PassThrough();
    const command = { stdout, stderr: new PassThrough(), interrupt: () => {}, writeLine: () => {} };
    return { stdout, feed: new LineFeed({ ...command, done: Promise.resolve({ status: 0 }) }) };
  }
  const NEVER = { firstMs: 600_000, laterMs: 600_000 };

  it('is over as soon as all are named, whatever kind of report names them', async () => {
    const { stdout, feed } = openLog();
    stdout.write(LOG + RCU_STALL);
    await waitForReports(feed, [1883, 950, 212], NEVER);
  });

  it('waits but shortly for those that the kernel does not name beside the first', async () => {
    const { stdout, feed } = openLog();
    stdout.write(LOG);
    await waitForReports(feed, [950, 1], { ...NEVER, laterMs: 1 });
  });

  it('does not wait for ever where the kernel names nobody, and not at all for nobody', async () => {
    const { stdout, feed } = openLog();
    stdout.write(LOG);
    await waitForReports(feed, [1, 2], { ...NEVER, firstMs: 1 });
    await waitForReports(feed, [], NEVER);
  });
});

describe('compareWithKernel', () => {
  it('agrees where the kernel says the same, with a frame less at the top', () => {
    const agreement = compareWithKernel(
      analyzeCycle(),
      LOG,
      new Map([
        [1883, FAULT_STACK],
        [950, WRITER_STACK],
      ]),
    );
    assert.deepEqual(agreement, [
      { tid: 950, inHungTaskReport: true, inStallReport: false, stackAgrees: true },
      { tid: 1883, inHungTaskReport: true, inStallReport: false, stackAgrees: true },
    ]);
  });

  it('disagrees where a frame is missing in the middle or out of order, and says what could not be read', () => {
    const reversed = FAULT_STACK.trim().split('\n').reverse().join('\n');
    const agreement = compareWithKernel(analyzeCycle(), '', new Map([[1883, reversed]]));
    assert.deepEqual(agreement, [
      { tid: 950, inHungTaskReport: false, inStallReport: false, stackAgrees: undefined },
      { tid: 1883, inHungTaskReport: false, inStallReport: false, stackAgrees: false },
    ]);
    const cut = FAULT_STACK.replace(/^.*shrink_folio_list.*\n/m, '');
    assert.equal(compareWithKernel(analyzeCycle(), '', new Map([[1883, cut]]))[1]?.stackAgrees, false);
  });

  it('knows a task that spins from the report of its CPU, and that a running task has no stack to compare', () => {
    const log = 'BUG: soft lockup - CPU#1 stuck for 22s! [x:950]';
    const [spinning] = compareWithKernel(analyzeCycle(), log, new Map([[950, '']]));
    assert.deepEqual(spinning, {
      tid: 950,
      inHungTaskReport: false,
      inStallReport: true,
      stackAgrees: undefined,
    });
  });

  it("does not miss the scheduler's own functions, which procfs leaves out, but any other", () => {
    const procfs = new Map([
      [1883, FAULT_STACK],
      [950, WRITER_STACK],
    ]);
    const [slept] = compareWithKernel(
      analyzeCycle(['rwsem_down_read_slowpath', 'down_read_killable']),
      '',
      procfs,
    );
    assert.equal(slept?.stackAgrees, true);
    const [other] = compareWithKernel(analyzeCycle(['down_read_killable', 'some_file_system']), '', procfs);
    assert.equal(other?.stackAgrees, false);
  });

  it('leaves out the frames of the tracepoint that recorded the stack', () => {
    const probed = analyzeCycle([
      '__traceiter_contention_begin+0x3d/0x60',
      '__traceiter_contention_begin+0x3d/0x60',
    ]);
    const [first] = compareWithKernel(probed, '', new Map([[950, WRITER_STACK]]));
    assert.equal(first?.stackAgrees, true);
  });
});
