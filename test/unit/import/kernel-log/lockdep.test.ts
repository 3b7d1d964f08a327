import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { functionName } from '../../../../analysis/index.ts';
import { CIRCULAR, OLD_CIRCULAR, OLD_INVERSION, OTHER_CIRCULAR, ordersOf, pairsOf } from './lockdep-logs.ts';
import { lossesOf, readLog, reportsOf } from './sample-logs.ts';

describe('a circular dependency', () => {
  const [order] = ordersOf(CIRCULAR);

  it('is read link by link, each with the stack in which its lock was wanted', () => {
    const links = order!.links.map(({ held, wanted, stack, task }) => [
      held,
      wanted,
      stack.map(functionName).join(' '),
      task,
    ]);
    assert.deepEqual(links, [
      ['&a->lock', '(completion)&b->done', 'wait_for_completion work_on_b do_syscall_64', null],
      ['(completion)&b->done', '&(&c->wait)->lock#2', '__mutex_lock work_on_c do_syscall_64', null],
      [
        '&(&c->wait)->lock#2',
        '&a->lock',
        '__lock_acquire lock_acquire __mutex_lock take_a process_one_work',
        412,
      ],
    ]);
    assert.deepEqual(order!.classes, ['&a->lock', '(completion)&b->done', '&(&c->wait)->lock#2']);
  });

  it('says who held what, how it could come about, and where it stands', () => {
    assert.deepEqual(
      [order!.source, order!.report, order!.title, order!.task, order!.taskName, order!.line, order!.cut],
      ['lockdep', 'circular', 'possible deadlock in take_a', 412, 'kworker/u4:2', 2, undefined],
    );
    assert.deepEqual(order!.locks, [
      { name: '(wq_completion)events_unbound', at: 'process_one_work+0x1f4/0x5d0' },
      { name: '&(&c->wait)->lock#2', at: 'take_c+0x12/0x40' },
    ]);
    assert.deepEqual(order!.scenario, [
      'CPU0: lock(&(&c->wait)->lock#2);',
      'CPU1: lock((completion)&b->done);',
      'CPU1: lock(&(&c->wait)->lock#2);',
      'CPU0: lock(&a->lock);',
    ]);
  });

  it('is read in the form of the first kernels that had lockdep', () => {
    const [old] = ordersOf(OLD_CIRCULAR);
    assert.deepEqual(pairsOf([old!]), ['&inode->i_mutex > &mm->mmap_sem', '&mm->mmap_sem > &inode->i_mutex']);
    assert.deepEqual(old!.links[0]!.stack.map(functionName), ['__lock_acquire', 'read_names']);
    assert.deepEqual([old!.task, old!.cut, old!.title], [1203, undefined, 'possible deadlock in sys_mmap2']);
  });

  it('is no wait, no hold and no loss', () => {
    const trace = readLog(CIRCULAR);
    assert.deepEqual([trace.events.length, trace.losses.length], [0, 0]);
    assert.equal(reportsOf(trace)[0]!.frame, 'take_a');
  });

  it('survives what another CPU prints in between', () => {
    const noisy = CIRCULAR.replaceAll('\n', '\n[  100.000099][   C1] usb 1-1: new device\n');
    assert.deepEqual(withoutLine(ordersOf(noisy)), withoutLine(ordersOf(CIRCULAR)));
    const unnamed = CIRCULAR.replaceAll('[  T412]', '');
    const mixed = unnamed.replaceAll('\n', '\n[  100.000099] usb 1-1: new device\n');
    assert.deepEqual(withoutLine(ordersOf(mixed)), withoutLine(ordersOf(unnamed)));
  });
});

describe('a report that is torn', () => {
  for (const [name, text] of Object.entries({ CIRCULAR, OLD_CIRCULAR, OLD_INVERSION })) {
    it(`${name}, cut at any byte, has no link that the whole one has not`, () => {
      const pairs = pairsOf(ordersOf(text));
      // What lies between these two is told later in the report.
      const known = new Set([...pairs, '&delayed_node->mutex > pcpu_alloc_mutex']);
      for (let at = 0; at < text.length; at += 7) {
        const orders = ordersOf(text.slice(0, at));
        const found = pairsOf(orders);
        assert.ok(
          found.every((pair) => known.has(pair)),
          `cut at ${at}`,
        );
        assert.ok(orders.every(({ cut }) => cut === true) || found.length === pairs.length, `cut at ${at}`);
        const losses = lossesOf(readLog(text.slice(0, at)));
        assert.equal(losses.cut_report ?? 0, orders[0]?.cut === true ? 1 : 0);
      }
    });
  }

  it('two of them line by line make no link of both', () => {
    const ours = CIRCULAR.replaceAll('[  T412]', '').split('\n');
    const theirs = OTHER_CIRCULAR.split('\n');
    const mixed = ours.flatMap((line, i) => [line, theirs[i]!]).join('\n');
    const known = new Set([...pairsOf(ordersOf(CIRCULAR)), ...pairsOf(ordersOf(OTHER_CIRCULAR))]);
    assert.ok(pairsOf(ordersOf(mixed)).every((pair) => known.has(pair)));
    assert.ok(ordersOf(mixed).every(({ cut }) => cut === true));
  });

  it('every line of it twice is still one report', () => {
    const twice = CIRCULAR.replace(/^(.*)$/gm, '$1\n$1');
    assert.deepEqual(new Set(pairsOf(ordersOf(twice))), new Set(pairsOf(ordersOf(CIRCULAR))));
  });

  it('and one that the log has twice, too', () => {
    assert.equal(ordersOf(CIRCULAR + CIRCULAR).length, 1);
  });

  it('its lines in any order, with those of others, are no reason to fail', () => {
    const starts = [
      'BUG: MAX_LOCKDEP_CHAINS too low!',
      'WARNING: CPU: 1 PID: 9 at kernel/locking/lockdep.c:3676 lock_release+0x6e6/0xa40',
      'BUG: spinlock recursion on CPU#0, app/5032',
      'WARNING: suspicious RCU usage',
      'INFO: trying to register non-static key.',
      'DEPT: Circular dependency has been detected.',
      'context A',
      '[W] lock(&a->lock:0)',
    ];
    const lines = [CIRCULAR, OLD_CIRCULAR, OLD_INVERSION, ...starts].flatMap((text) => text.split('\n'));
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...lines), { maxLength: 60 }), (some) => {
        for (const order of ordersOf(some.join('\n'))) {
          assert.ok(order.links.every(({ held, wanted }) => held !== '' && wanted !== ''));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what it says before it ends', () => {
    const [order] = ordersOf(CIRCULAR.slice(0, CIRCULAR.indexOf('which lock already')));
    assert.deepEqual(order!.links, [
      {
        held: '&(&c->wait)->lock#2',
        wanted: '&a->lock',
        stack: ['take_a+0x12/0x40 [first]'],
        heldStack: ['take_c+0x12/0x40'],
        task: 412,
      },
    ]);
    assert.equal(order!.cut, true);
  });
});

describe('other reports of lockdep', () => {
  it('an inversion by interrupts or reclaim is a circle of the chain and the interrupt', () => {
    const [order] = ordersOf(OLD_INVERSION);
    assert.deepEqual(
      order!.links.map(({ held, wanted, stack }) => [held, wanted, functionName(stack.at(-1)!)]),
      [
        ['&delayed_node->mutex', '&fs_info->commit_root_sem', 'btrfs_commit_transaction'],
        ['&fs_info->commit_root_sem', 'pcpu_alloc_mutex', 'find_parent_nodes'],
        ['pcpu_alloc_mutex', '&delayed_node->mutex', 'kswapd'],
      ],
    );
    assert.deepEqual([order!.report, order!.cut, order!.task], ['irq-inversion', undefined, 1337]);
  });

  it('one where the other lock is the one that interrupts take', () => {
    const [order] = ordersOf(`WARNING: possible irq lock inversion dependency detected
5.9.0 #1 Not tainted
--------------------------------------------------------
kworker/u4:3/37 just changed the state of lock:
ffff88809f2f6f30 (&new->fa_lock){.+..}-{2:2}, at: kill_fasync+0x14b/0x460
but this lock was taken by another, HARDIRQ-safe lock in the past:
 (&dev->event_lock){-...}-{2:2}


and interrupts could create inverse lock ordering between them.

stack backtrace:
CPU: 0 PID: 37 Comm: kworker/u4:3 Not tainted 5.9.0 #1
Call Trace:
 dump_stack+0x1/0x2
 kill_fasync+0x14b/0x460
`);
    assert.deepEqual(pairsOf([order!]), [
      '&dev->event_lock > &new->fa_lock',
      '&new->fa_lock > &dev->event_lock',
    ]);
    assert.deepEqual(order!.links[1]!.heldStack, ['dump_stack+0x1/0x2', 'kill_fasync+0x14b/0x460']);
  });

  it('one lock in two states names where it came into each', () => {
    const [order] = ordersOf(`[   10.0] ================================
[   10.000001] WARNING: inconsistent lock state
[   10.000002] 6.0.0 #0 Not tainted
[   10.000003] --------------------------------
[   10.000004] inconsistent {SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W} usage.
[   10.000005] swapper/0/0 [HC0[0]:SC1[1]:HE1:SE0] takes:
[   10.000006] 8f5cc25c (&data->lock){+.?.}-{3:3}, at: release_data+0x30/0x1a8
[   10.000007] {SOFTIRQ-ON-W} state was registered at:
[   10.000008]   lock_acquire+0x68/0x74
[   10.000009]   register_data+0x20e4/0x2410
[   10.000010] irq event stamp: 1199040
[   10.000011] hardirqs last  enabled at (1199040): [<80df84a0>] _raw_spin_unlock_irqrestore+0x54/0x58
[   10.000012] other info that might help us debug this:
[   10.000013]  Possible unsafe locking scenario:
[   10.000014]        CPU0
[   10.000015]        ----
[   10.000016]   lock(&data->lock);
[   10.000017]   <Interrupt>
[   10.000018]     lock(&data->lock);
[   10.000019]  *** DEADLOCK ***
[   10.000020] no locks held by swapper/0/0.
[   10.000021] stack backtrace:
[   10.000022] CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.0.0 #0
[   10.000023] Backtrace:
[   10.000024] [<80de0078>] (dump_backtrace) from [<80de0574>] (show_stack+0x28/0x2c)
[   10.000025]  r9:60000193 r8:ffffffff r7:00000000
[   10.000026] [<80de054c>] (show_stack) from [<80de7c10>] (release_data+0x154/0x1a8)
`);
    const { links, usage, scenario, title } = order!;
    assert.equal(title, 'inconsistent lock state in release_data');
    assert.equal(usage, '{SOFTIRQ-ON-W} -> {IN-SOFTIRQ-W}');
    assert.deepEqual(scenario, ['CPU0: lock(&data->lock);', 'CPU0: <Interrupt>', 'CPU0: lock(&data->lock);']);
    assert.deepEqual([links[0]!.held, links[0]!.wanted], ['&data->lock', '&data->lock']);
    assert.equal(functionName(links[0]!.stack.at(-1)!), 'release_data');
    assert.deepEqual(links[0]!.heldStack!.map(functionName), ['lock_acquire', 'register_data']);
  });

  const MISUSES: readonly (readonly [string, string, string])[] = [
    [
      'unlock-balance',
      'WARNING: bad unlock balance in seq_stop',
      `WARNING: bad unlock balance detected!
4.15.0 #160 Not tainted
-------------------------------------
app/19072 is trying to release lock (mrt_lock) at:
[<00000000c4ef30ff>] seq_stop+0xe1/0x130
but there are no more locks to release!
`,
    ],
    [
      'wait-context',
      'WARNING: locking bug in drop_slab',
      `[ BUG: Invalid wait context ]
5.10.2 #14 Not tainted
-----------------------------
udevd/95 is trying to lock:
83711010 (&n->list_lock){..-.}-{3:3}, at: drop_slab+0x2a8/0x558
other info that might help us debug this:
context-{2:2}
`,
    ],
    [
      'lock-freed',
      'BUG: held lock freed in send_it',
      `[ BUG: held lock freed! ]
4.3.5+ #9 Not tainted
-------------------------
app/3744 is freeing memory ffff8800b8db4940-ffff8800b8db5107, with a lock still held there!
 (sk_lock-AF_INET6){+.+.+.}, at: [<ffffffff82d3eeff>] send_it+0x231f/0x2e20
`,
    ],
    [
      'lock-held-in-user-space',
      'WARNING: lock held when returning to user space in lock_it',
      `WARNING: lock held when returning to user space!
4.18.0-rc4+ #51 Not tainted
------------------------------------------------
app/17896 is leaving the kernel with locks still held!
1 lock held by app/17896:
 #0: 00000000a3b01fa0 (&fi->mutex){+.+.}, at: lock_it+0xaf/0xe0
`,
    ],
    [
      'lock-still-held',
      'BUG: still has locks held in pipe_it',
      `[ BUG: app/31761 still has locks held! ]
4.8.0+ #30 Not tainted
-------------------------------------
1 lock held by app/31761:
 #0:  (&pipe->mutex/1){+.+.+.}, at: [<ffffffff81844c6b>] pipe_it+0x5b/0x70
`,
    ],
    [
      'recursive',
      'possible deadlock in take_it',
      `[ INFO: possible recursive locking detected ]
3.10.0 #1 Not tainted
---------------------------------------------
app/77 is trying to acquire lock:
 (&it->lock){+.+...}, at: [<ffffffff81844c6b>] take_it+0x5b/0x70

but task is already holding lock:
 (&it->lock){+.+...}, at: [<ffffffff81844c7b>] take_two+0x5b/0x70
`,
    ],
  ];
  for (const [report, title, text] of MISUSES) {
    it(`${report} is named, with its lock`, () => {
      const [order] = ordersOf(text);
      assert.deepEqual([order!.report, order!.title, order!.classes.length], [report, title, 1]);
      assert.equal(order!.links.length, report === 'recursive' ? 1 : 0);
    });
  }

  it('checks beside lockdep are listed, but are no order of locks', () => {
    const text = `[    1.0] BUG: spinlock bad magic on CPU#0, kworker/0:1/18
[    1.000001] CPU: 0 PID: 18 Comm: kworker/0:1 Not tainted 5.10.0 #0
[    1.000002] Call Trace:
[    1.000003]  dump_stack+0x107/0x163
[    1.000004]  do_raw_spin_lock+0x1ef/0x280
[    1.000005]  tear_down+0x1f7/0x630
[    1.000006] BUG: using smp_processor_id() in preemptible [00000000] code: app/120
[    1.000007] Call Trace:
[    1.000008]  dump_stack+0x107/0x163
[    1.000009]  count_it+0x1f7/0x630
[    1.000010] BUG: MAX_LOCKDEP_CHAINS too low!
[    1.000011] turning off the locking correctness validator.
[    1.000012] Call Trace:
[    1.000013]  add_chain+0x107/0x163
`;
    assert.deepEqual(
      reportsOf(readLog(text)).map(({ title, tid }) => [title, tid]),
      [
        ['BUG: spinlock bad magic in tear_down', 18],
        ['BUG: using smp_processor_id() in preemptible code in count_it', 120],
        ['BUG: MAX_LOCKDEP_CHAINS too low!', undefined],
      ],
    );
    assert.deepEqual(ordersOf(text), []);
  });
});

function withoutLine(orders: ReturnType<typeof ordersOf>): unknown[] {
  return orders.map(({ line: _line, ...rest }) => rest);
}
