import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Analysis, analyzeTrace, type Edge } from '../../../analysis/index.ts';
import type { TraceRecord } from '../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from './trace-of.ts';

function analyze(...records: TraceRecord[]): Analysis {
  return analyzeTrace(traceOf(records), { maxChains: 0 });
}

function edgeOf({ cycles, chains }: Analysis, tid: number): Edge {
  const edges = [...cycles.flatMap((cycle) => cycle.edges), ...chains.flatMap(({ links }) => links)];
  const found = edges.find(({ waiter }) => waiter === tid);
  assert.ok(found, `${tid} waits`);
  return found;
}

describe('the writer of a percpu_rwsem that waits for its readers', () => {
  const drain = (kind: string): TraceRecord[] => [
    holdBegin(1, 1, kind, 's', { mode: 'read', stack: ['mnt_want_write_file'] }),
    waitBegin(2, 9, kind, 's', { mode: 'write' }),
    waitBegin(3, 2, kind, 's', { mode: 'read', holder: 9, evidence: 'owner-field' }),
    holdBegin(4, 2, 'mutex', 'm'),
    waitBegin(5, 1, 'mutex', 'm'),
  ];

  it('blocks new readers hard although it has not got the lock', () => {
    const analysis = analyze(...drain('percpu_rwsem'));
    assert.deepEqual(
      analysis.cycles.map(({ tasks, verdict }) => [tasks, verdict]),
      [[[1, 2, 9], 'deadlock']],
    );
    assert.match(edgeOf(analysis, 2).inferredFrom!, /writer\.task/);
  });

  it('does so in no other kind of lock', () => {
    const analysis = analyze(...drain('rwsem'));
    assert.equal(analysis.verdict, 'suspected');
    assert.equal(edgeOf(analysis, 2).hard, false);
  });

  it('blocks only readers, and only those that its field was read for', () => {
    const [, wait] = drain('percpu_rwsem');
    const writer = waitBegin(3, 2, 'percpu_rwsem', 's', {
      mode: 'write',
      holder: 9,
      evidence: 'owner-field',
    });
    assert.equal(edgeOf(analyze(wait!, writer), 2).hard, false);
    const guessed = waitBegin(3, 2, 'percpu_rwsem', 's', { mode: 'read', holder: 9, evidence: 'stack' });
    assert.equal(edgeOf(analyze(wait!, guessed), 2).hard, false);
    const unnamed = waitBegin(3, 2, 'percpu_rwsem', 's', { mode: 'read' });
    const { blocker, hard } = edgeOf(analyze(wait!, unnamed), 2);
    assert.deepEqual([blocker, hard], [9, false]);
  });

  it('waits for every reader that was seen', () => {
    const readers = [4, 5, 6].map((tid) =>
      holdBegin(1, tid, 'percpu_rwsem', 's', { mode: 'read', stack: ['mnt_want_write'] }),
    );
    const [a, b] = [4, 6].map((reader) =>
      analyze(
        ...readers,
        waitBegin(2, 9, 'percpu_rwsem', 's', { mode: 'write' }),
        holdBegin(3, 9, 'mutex', 'm'),
        waitBegin(4, reader, 'mutex', 'm'),
      ),
    );
    assert.deepEqual(
      [a!.cycles[0]!.tasks, b!.cycles[0]!.tasks],
      [
        [4, 9],
        [6, 9],
      ],
    );
  });
});

describe('the owner field of a lock that readers hold', () => {
  const hint = (mode?: 'read' | 'write') =>
    waitBegin(3, 2, 'rwsem', 'r', { holder: 1, evidence: 'unknown', ...(mode && { mode }) });
  const back = [holdBegin(1, 2, 'mutex', 'm'), waitBegin(4, 1, 'mutex', 'm')];

  it('never makes a deadlock', () => {
    for (const mode of ['read', 'write', undefined] as const) {
      const analysis = analyze(hint(mode), ...back);
      assert.equal(analysis.verdict, 'suspected', mode);
      assert.match(edgeOf(analysis, 2).inferredFrom!, /may have left/);
      assert.match(analysis.cycles[0]!.reasons.join(), /nothing shows that 1 holds it \(.*may have left\)/);
    }
  });

  it('gives way to the writer that queues before a reader', () => {
    const analysis = analyze(waitBegin(2, 7, 'rwsem', 'r', { mode: 'write' }), hint('read'), ...back);
    assert.deepEqual(analysis.cycles, []);
    const { blocker, hard, evidence, inferredFrom } = edgeOf(analysis, 2);
    assert.deepEqual([blocker, hard, evidence], [7, false, 'traced']);
    assert.match(inferredFrom!, /order of the queue/);
  });

  it('gives way to the readers that were seen', () => {
    const seen = holdBegin(1, 5, 'rwsem', 'r', { mode: 'read', stack: ['handle_mm_fault'] });
    const analysis = analyze(seen, hint('write'), ...back);
    assert.deepEqual(analysis.cycles, []);
    assert.equal(edgeOf(analysis, 2).blocker, 5);
  });
});

describe('a soft edge in a cycle', () => {
  it('is told for what it is: the one ahead in the queue will not move either', () => {
    const analysis = analyze(
      holdBegin(1, 1, 'rwsem', 'r', { mode: 'read', comm: 'fault' }),
      waitBegin(2, 2, 'rwsem', 'r', { mode: 'write', comm: 'mapper' }),
      waitBegin(3, 3, 'rwsem', 'r', { mode: 'read', comm: 'xattr' }),
      holdBegin(3, 3, 'mutex', 'm'),
      waitBegin(4, 1, 'mutex', 'm'),
    );
    assert.equal(analysis.verdict, 'suspected');
    assert.equal(analysis.cycles[0]!.reasons.length, 1);
    const [reason] = analysis.cycles[0]!.reasons;
    assert.match(reason!, /^xattr:3 waits for rwsem r behind mapper:2 in the queue, not behind a holder/);
    assert.match(reason!, /mapper:2 asked first/);
    assert.match(reason!, /mapper:2 is in this cycle too, so the queue does not move by itself/);
    assert.match(reason!, /only if mapper:2 gives up/);
  });
});

describe('a holder known by an open call', () => {
  const cases = [
    ['percpu_rwsem', 'mnt_want_write_file', /open mnt_want_write_file\(\)/],
    ['transaction', 'btrfs_commit_transaction+0x0/0xbf0 [btrfs]', /open btrfs_commit_transaction\(\)/],
    ['mutex', 'pcpu_balance_workfn', /open pcpu_balance_workfn\(\)/],
    ['rwsem', 'handle_mm_fault', /open handle_mm_fault\(\) on that mm/],
    ['fuse_request', 'fuse_dev_do_read', /FUSE server that has read the request and not answered/],
  ] as const;
  for (const [kind, call, text] of cases) {
    it(`${call}: says so`, () => {
      const edge = edgeOf(
        analyze(holdBegin(1, 1, kind, 'x', { stack: [call] }), waitBegin(2, 2, kind, 'x')),
        2,
      );
      assert.deepEqual([edge.blocker, edge.evidence, edge.hard], [1, 'traced', true]);
      assert.match(edge.inferredFrom!, text);
    });
  }

  it('is not one that was seen taking the resource somewhere below such a call', () => {
    for (const stack of [
      ['down_read', 'handle_mm_fault', 'exc_page_fault'],
      ['handle_mm_fault', 'exc_page_fault'],
    ]) {
      const seen = analyze(holdBegin(1, 1, 'rwsem', 'x', { stack }), waitBegin(2, 2, 'rwsem', 'x'));
      assert.equal(edgeOf(seen, 2).inferredFrom, undefined);
    }
    const called = analyze(
      holdBegin(1, 1, 'folio_lock', 'x', { stack: ['filemap_fault'] }),
      waitBegin(2, 2, 'folio_lock', 'x'),
    );
    assert.equal(edgeOf(called, 2).inferredFrom, undefined);
  });

  it('holds until the call returns', () => {
    const records = [
      holdBegin(1, 1, 'transaction', 'x', { stack: ['btrfs_commit_transaction'] }),
      waitBegin(2, 2, 'transaction', 'x'),
    ];
    assert.equal(edgeOf(analyze(...records, holdEnd(3, 1, 'transaction', 'x')), 2).blocker, null);
  });
});

describe('an owner field that is not the lock’s own', () => {
  const wait = (kind: string, stack: string[]) =>
    waitBegin(1, 2, kind, 'x', { holder: 1, evidence: 'owner-field', stack });

  it('is told by what the waiter is doing', () => {
    const hotplug = wait('completion', ['wait_for_completion', 'cpuhp_kick_ap_work+0x5/0x10', '_cpu_down']);
    assert.match(edgeOf(analyze(hotplug), 2).inferredFrom!, /hotplug thread, from struct cpuhp_cpu_state/);
    const memcg = wait('spinlock', ['native_queued_spin_lock_slowpath', 'folio_memcg_lock']);
    assert.match(edgeOf(analyze(memcg), 2).inferredFrom!, /move_lock_task/);
  });

  it('is told by the name of the resource', () => {
    const named = (label: string) => ({ ...wait('completion', ['wait_for_completion']), label });
    assert.match(edgeOf(analyze(named('wq_barrier.done')), 2).inferredFrom!, /worker that runs the work/);
    assert.match(
      edgeOf(analyze(named('cpuhp_cpu_state.done_up of CPU 2')), 2).inferredFrom!,
      /struct cpuhp_cpu_state/,
    );
  });

  it('is not made up for others', () => {
    assert.equal(
      edgeOf(analyze(wait('completion', ['wait_for_completion', 'kthread_stop'])), 2).inferredFrom,
      undefined,
    );
    assert.equal(edgeOf(analyze(wait('mutex', ['__mutex_lock'])), 2).inferredFrom, undefined);
  });
});

describe('a wait for an I/O', () => {
  it('is for the device, unless a task is known to hold it', () => {
    assert.equal(edgeOf(analyze(waitBegin(1, 1, 'io', 'bio')), 1).io, true);
    const held = analyze(holdBegin(1, 2, 'io', 'bio'), waitBegin(2, 1, 'io', 'bio'));
    assert.deepEqual([edgeOf(held, 1).blocker, edgeOf(held, 1).io], [2, undefined]);
  });
});

describe('a task that spins for its own lock', () => {
  const spin = (...stack: string[]) =>
    analyze(waitBegin(1, 1, 'spinlock', 's', { holder: 1, evidence: 'owner-field', stack })).cycles[0]!;
  const inner = ['native_queued_spin_lock_slowpath+0x1/0x2', '_raw_spin_lock_irqsave'];

  it('in an interrupt on top of itself is a deadlock of one that says so', () => {
    for (const entry of [
      'asm_common_interrupt+0x22/0x40',
      'asm_sysvec_apic_timer_interrupt',
      '__common_interrupt',
      'handle_irq_event',
      'irq_exit_rcu',
      'el1_irq',
      'do_IRQ',
    ]) {
      const { verdict, edges } = spin(...inner, entry, 'do_something');
      assert.deepEqual([verdict, edges[0]!.context], ['deadlock', 'interrupt'], entry);
    }
  });

  it('without one is only a task that waits for itself', () => {
    assert.equal(spin(...inner, 'do_something').edges[0]!.context, undefined);
    assert.equal(spin(...inner, 'common_interrupt_handler_of_mine').edges[0]!.context, undefined);
  });
});

describe('a wait that is made of others', () => {
  const outer = waitBegin(1, 1, 'percpu_rwsem', 's', {
    mode: 'write',
    stack: ['percpu_down_write', 'freeze_super'],
  });
  const inside = (kind: string) =>
    waitBegin(2, 1, kind, 'c', {
      stack: ['schedule_timeout', 'rcu_sync_enter', 'percpu_down_write+0x2/0x3'],
    });

  for (const kind of ['completion', 'rwsem']) {
    it(`goes on after a ${kind} waited for inside it`, () => {
      const analysis = analyze(outer, inside(kind), waitEnd(3, 1, kind, 'c'));
      assert.deepEqual(
        analysis.chains.map(({ links }) => links[0]!.resource.kind),
        ['percpu_rwsem'],
      );
      assert.equal(analysis.loss.total, 0);
    });
  }

  it('ends together with what is inside it', () => {
    const analysis = analyze(outer, inside('completion'), waitEnd(3, 1, 'percpu_rwsem', 's'));
    assert.deepEqual([analysis.chains, analysis.loss.byReason], [[], { wait_without_end: 1 }]);
  });

  it('is over when its task goes on to wait for something that is not part of it', () => {
    const analysis = analyze(
      outer,
      waitBegin(2, 1, 'completion', 'c', { stack: ['wait_for_completion', 'kthread_stop'] }),
    );
    assert.deepEqual(
      analysis.chains.map(({ links }) => links[0]!.resource.kind),
      ['completion'],
    );
    assert.deepEqual(analysis.loss.byReason, { wait_without_end: 1 });
  });
});

describe('victims', () => {
  const ring = [
    holdBegin(1, 1, 'mutex', 'a'),
    holdBegin(1, 2, 'mutex', 'b'),
    waitBegin(2, 1, 'mutex', 'b'),
    waitBegin(3, 2, 'mutex', 'a'),
  ];
  const behind = [
    holdBegin(4, 5, 'mutex', 'c'),
    waitBegin(5, 5, 'mutex', 'a'),
    waitBegin(6, 6, 'mutex', 'c'),
    waitBegin(7, 7, 'mutex', 'b'),
  ];
  const aside = waitBegin(8, 8, 'mutex', 'other');

  it('are all whose chain ends in the cycle, and nobody else', () => {
    const [cycle] = analyze(...ring, ...behind, aside).cycles;
    assert.deepEqual(cycle!.tasks, [1, 2]);
    assert.deepEqual([cycle!.victims.toSorted(), cycle!.moreVictims], [[5, 6, 7], undefined]);
  });

  it('beyond the listed chains are counted', () => {
    const { cycles } = analyzeTrace(traceOf([...ring, ...behind, aside]), { maxChains: 1 });
    assert.deepEqual([cycles[0]!.victims, cycles[0]!.moreVictims], [[6, 5], 1]);
  });

  it('belong to the cycle they wait for', () => {
    const other = ring.map((record) => ({ ...record, tid: record.tid! + 10, res: `${record.res}2` }));
    const { cycles } = analyze(...ring, ...other, ...behind, waitBegin(9, 20, 'mutex', 'b2'));
    assert.deepEqual(
      cycles.map(({ tasks, victims }) => [tasks, victims.toSorted()]),
      [
        [
          [1, 2],
          [5, 6, 7],
        ],
        [[11, 12], [20]],
      ],
    );
  });
});
