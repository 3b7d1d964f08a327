import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import { Replay } from '../../../analysis/replay/replay.ts';
import { EVIDENCES, NO_TID, type TraceRecord } from '../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from './trace-of.ts';

function analyze(...records: TraceRecord[]): Analysis {
  return analyzeTrace(traceOf(records), { maxChains: 0 });
}

/** What a task waits for: `blocker evidence`, with `soft` or `io` where it applies. */
function blockersOf({ cycles, chains }: Analysis, tid: number): string[] {
  const edges = [...cycles.flatMap((cycle) => cycle.edges), ...chains.flatMap(({ links }) => links)];
  const ofTask = edges.filter(({ waiter }) => waiter === tid);
  const words = ofTask.map(({ blocker, evidence, hard, io }) =>
    [blocker ?? (io ? 'io' : 'nobody'), evidence, hard ? '' : 'soft'].join(' ').trim(),
  );
  return [...new Set(words)];
}

describe('waits', () => {
  it('reported again keep their begin and take the newer holder, stack and evidence', () => {
    const analysis = analyze(
      waitBegin(100, 1, 'mutex', 'm', { stack: ['a'] }),
      waitBegin(120, 1, 'mutex', 'm', { holder: 5, evidence: 'unknown' }),
      waitBegin(130, 1, 'mutex', 'm', { holder: 6, evidence: 'owner-field', stack: ['a', 'b'] }),
    );
    const [edge] = analysis.chains[0]!.links;
    assert.equal(analysis.chains.length, 1);
    assert.deepEqual(
      [edge!.sinceNs, edge!.waitNs, edge!.blocker, edge!.evidence],
      [100, 30, 6, 'owner-field'],
    );
    assert.deepEqual(edge!.stack, ['a', 'b']);
    assert.deepEqual(analysis.loss, { total: 0, byReason: {} });
  });

  it('whose task goes on to wait for something else have lost their end', () => {
    const analysis = analyze(waitBegin(1, 1, 'mutex', 'a'), waitBegin(2, 1, 'mutex', 'b'));
    assert.deepEqual(
      analysis.chains.map(({ links }) => links[0]!.resource.id),
      ['b'],
    );
    assert.deepEqual(analysis.loss, { total: 1, byReason: { wait_without_end: 1 } });
  });

  it('go on while their task spins for a lock inside them', () => {
    const spinning = [
      waitBegin(1, 1, 'mutex', 'a', { holder: 2, evidence: 'owner-field' }),
      waitBegin(2, 1, 'spinlock', 's'),
    ];
    const [chain] = analyze(...spinning, waitEnd(3, 1, 'spinlock', 's')).chains;
    assert.equal(chain!.links[0]!.resource.id, 'a');
    assert.equal(analyze(...spinning, waitEnd(3, 1, 'mutex', 'a')).chains.length, 0);
    assert.deepEqual(analyze(...spinning, waitEnd(3, 1, 'mutex', 'a')).loss.byReason, {
      wait_without_end: 1,
    });
  });

  it('that began before the capture end without a trace', () => {
    const analysis = analyze(waitEnd(1, 1, 'mutex', 'a'));
    assert.deepEqual([analysis.chains, analysis.loss.total, analysis.verdict], [[], 0, 'none']);
  });

  it('are over when their task has the resource', () => {
    assert.deepEqual(analyze(waitBegin(1, 1, 'mutex', 'a'), holdBegin(2, 1, 'mutex', 'a')).chains, []);
  });

  it('that have ended are known by who released the resource', () => {
    const trace = traceOf([
      waitBegin(1, 1, 'mutex', 'a'),
      holdEnd(2, 9, 'mutex', 'a'),
      waitEnd(3, 1, 'mutex', 'a'),
      holdBegin(3, 1, 'mutex', 'a'),
      waitBegin(4, 2, 'mutex', 'a'),
      holdEnd(5, 1, 'mutex', 'a'),
      waitEnd(6, 2, 'mutex', 'a'),
      waitBegin(7, 3, 'mutex', 'a'),
      waitEnd(8, 3, 'mutex', 'a'),
    ]);
    const replay = new Replay(trace);
    const rows: unknown[] = [];
    replay.observe({
      waitEnded: (row) => {
        const { holderTid, evidence, endNs } = replay.state.waits.table;
        rows.push([holderTid[row], EVIDENCES[evidence[row]!], endNs[row]]);
      },
    });
    replay.play(trace.events);
    assert.deepEqual(rows, [
      [9, 'released-later', 3],
      [1, 'traced', 6],
      [NO_TID, 'unknown', 8],
    ]);
  });
});

describe('allocations', () => {
  const enter = (ts: number, fn: string): TraceRecord => ({ type: 'alloc_begin', ts, tid: 1, fn });
  const leave = (ts: number, fn: string): TraceRecord => ({ type: 'alloc_end', ts, tid: 1, fn });
  const wait = waitBegin(9, 1, 'mutex', 'm');

  it('are shown by the innermost one that was entered and not left', () => {
    const cases: [TraceRecord[], unknown][] = [
      [[enter(1, 'pcpu_alloc'), enter(2, 'pte_alloc_one')], { fn: 'pte_alloc_one', sinceNs: 2 }],
      [
        [enter(1, 'pcpu_alloc'), enter(2, 'pte_alloc_one'), leave(3, 'pte_alloc_one')],
        { fn: 'pcpu_alloc', sinceNs: 1 },
      ],
      [[enter(1, 'pcpu_alloc'), enter(2, 'pte_alloc_one'), leave(3, 'pcpu_alloc')], undefined],
      [[enter(1, 'pcpu_alloc'), enter(2, 'pcpu_alloc'), leave(3, 'pcpu_alloc')], undefined],
      [[leave(1, 'pcpu_alloc')], undefined],
    ];
    for (const [records, expected] of cases) {
      assert.deepEqual(analyze(...records, wait).tasks[1]!.allocation, expected);
    }
  });
});

describe('holders', () => {
  it('are those at the end, not at the begin of the wait', () => {
    const analysis = analyze(
      holdBegin(1, 1, 'mutex', 'm'),
      waitBegin(2, 3, 'mutex', 'm', { holder: 1, evidence: 'traced' }),
      holdEnd(3, 1, 'mutex', 'm'),
      holdBegin(4, 2, 'mutex', 'm'),
    );
    assert.deepEqual(blockersOf(analysis, 3), ['2 traced']);
  });

  it('named by a wait count until something contradicts them', () => {
    const wait = waitBegin(10, 3, 'mutex', 'm', { holder: 1, evidence: 'owner-field' });
    assert.deepEqual(blockersOf(analyze(wait), 3), ['1 owner-field']);
    assert.deepEqual(blockersOf(analyze(wait, holdEnd(11, 1, 'mutex', 'm')), 3), ['nobody unknown']);
    assert.deepEqual(blockersOf(analyze(wait, holdBegin(11, 2, 'mutex', 'm')), 3), ['2 traced']);
    assert.deepEqual(blockersOf(analyze(holdBegin(9, 2, 'mutex', 'm'), wait), 3), ['1 owner-field']);
    assert.deepEqual(
      blockersOf(
        analyze(
          { type: 'task', tid: 1, pid: 1 },
          wait,
          { type: 'task', tid: 1, pid: 2 },
          waitBegin(12, 4, 'mutex', 'n'),
        ),
        3,
      ),
      ['nobody unknown'],
    );
  });

  it('named by a wait are forgotten once it is told again that nobody has it', () => {
    const told = (rest: Partial<TraceRecord>) => waitBegin(10, 3, 'mutex', 'm', rest);
    const owner = (holder: number) => told({ holder, evidence: 'owner-field' });
    const nobody = told({ evidence: 'unknown' });
    assert.deepEqual(blockersOf(analyze(owner(1), told({})), 3), ['1 owner-field']);
    assert.deepEqual(blockersOf(analyze(owner(1), nobody), 3), ['nobody unknown']);
    assert.deepEqual(blockersOf(analyze(owner(1), nobody, owner(2)), 3), ['2 owner-field']);
  });

  it('named without evidence are a guess', () => {
    assert.deepEqual(blockersOf(analyze(waitBegin(1, 3, 'mutex', 'm', { holder: 1 })), 3), ['1 unknown']);
  });

  it('named by a guess are nobody while they wait for the same thing themselves', () => {
    const write = { mode: 'write', holder: 2, evidence: 'unknown' } as const;
    const analysis = analyze(
      waitBegin(1, 1, 'rwsem', 'm', write),
      waitBegin(2, 2, 'rwsem', 'm', { mode: 'read' }),
    );
    assert.deepEqual(analysis.cycles, []);
    assert.deepEqual(blockersOf(analysis, 1), ['nobody unknown']);
    assert.deepEqual(blockersOf(analysis, 2), ['1 traced soft']);
  });

  it('named by a guess do not replace one that was seen', () => {
    const wait = waitBegin(10, 3, 'mutex', 'm', { holder: 1, evidence: 'stack' });
    assert.deepEqual(blockersOf(analyze(holdBegin(9, 2, 'mutex', 'm'), wait), 3), ['2 traced']);
  });

  it('of a page lock may be another task than the one that releases it', () => {
    const analysis = analyze(
      holdBegin(1, 1, 'folio_lock', 'p'),
      waitBegin(2, 3, 'folio_lock', 'p'),
      holdEnd(3, 99, 'folio_lock', 'p'),
    );
    assert.deepEqual(blockersOf(analysis, 3), ['nobody unknown']);
  });

  it('are not undone by a release that only seems to come after the next acquisition', () => {
    const analysis = analyze(
      holdBegin(1, 1, 'mutex', 'm'),
      waitBegin(2, 3, 'mutex', 'm'),
      holdBegin(4, 2, 'mutex', 'm'),
      holdEnd(5, 1, 'mutex', 'm'),
    );
    assert.deepEqual(blockersOf(analysis, 3), ['2 traced']);
  });

  it('are all of a lock’s readers for a writer', () => {
    const readers = [4, 5, 6].map((tid) => holdBegin(tid, tid, 'rwsem', 'r', { mode: 'read' }));
    const analysis = analyze(
      ...readers,
      waitBegin(10, 1, 'rwsem', 'r', { mode: 'write' }),
      holdEnd(11, 5, 'rwsem', 'r'),
      holdBegin(12, 1, 'mutex', 'm'),
      waitBegin(13, 6, 'mutex', 'm'),
    );
    assert.deepEqual(
      analysis.cycles.map(({ tasks }) => tasks),
      [[1, 6]],
    );
    assert.equal(analysis.verdict, 'deadlock');
    assert.deepEqual(
      analyze(
        ...readers,
        waitBegin(10, 1, 'rwsem', 'r', { mode: 'write' }),
        holdEnd(11, 6, 'rwsem', 'r'),
        holdBegin(12, 1, 'mutex', 'm'),
        waitBegin(13, 6, 'mutex', 'm'),
      ).cycles,
      [],
    );
  });

  it('named beside readers that were seen count only if they were seen themselves, and until they let go', () => {
    const readers = [4, 5].map((tid) => holdBegin(tid, tid, 'rwsem', 'r', { mode: 'read' }));
    const wait = (evidence: 'traced' | 'owner-field') =>
      waitBegin(10, 1, 'rwsem', 'r', { mode: 'write', holder: 6, evidence });
    // A cycle through a blocker shows that it counts; a chain would follow only one of them.
    const back = [holdBegin(11, 1, 'mutex', 'm'), waitBegin(12, 6, 'mutex', 'm')];
    assert.equal(analyze(...readers, wait('traced'), ...back).cycles.length, 1);
    assert.equal(analyze(...readers, wait('owner-field'), ...back).cycles.length, 0);
    const released = holdEnd(13, 6, 'rwsem', 'r', { mode: 'read' });
    assert.equal(analyze(...readers, wait('traced'), ...back, released).cycles.length, 0);
  });

  it('that queue for the resource themselves are only suspected', () => {
    const analysis = analyze(
      waitBegin(1, 1, 'mutex', 'm', { holder: 2, evidence: 'owner-field' }),
      waitBegin(2, 2, 'mutex', 'm', { holder: 1, evidence: 'owner-field' }),
    );
    assert.equal(analysis.verdict, 'suspected');
  });

  it('do not block a reader that came before the writer', () => {
    const analysis = analyze(
      holdBegin(1, 4, 'rwsem', 'r', { mode: 'read' }),
      waitBegin(2, 2, 'rwsem', 'r', { mode: 'read' }),
      waitBegin(3, 1, 'rwsem', 'r', { mode: 'write' }),
    );
    assert.deepEqual(blockersOf(analysis, 2), ['nobody unknown']);
    assert.deepEqual(blockersOf(analysis, 1), ['4 traced']);
  });

  it('do not block a reader by reading: the writer in the queue does, softly', () => {
    const records = [
      holdBegin(1, 4, 'rwsem', 'r', { mode: 'read' }),
      waitBegin(2, 1, 'rwsem', 'r', { mode: 'write' }),
      waitBegin(3, 2, 'rwsem', 'r', { mode: 'read', holder: 4, evidence: 'owner-field' }),
    ];
    assert.deepEqual(blockersOf(analyze(...records), 2), ['1 traced soft']);
    const closed = analyze(...records, holdBegin(4, 2, 'mutex', 'm'), waitBegin(5, 4, 'mutex', 'm'));
    assert.deepEqual(
      closed.cycles.map(({ tasks }) => tasks),
      [[1, 4, 2]],
    );
    assert.equal(closed.verdict, 'suspected');
    assert.match(closed.cycles[0]!.reasons.join(), /2 waits for rwsem r behind 1 in the queue/);
  });
});

describe('a task that waits for itself', () => {
  it('is a cycle of one if it was seen to hold before', () => {
    const analysis = analyze(holdBegin(1, 1, 'mutex', 'm'), waitBegin(2, 1, 'mutex', 'm'));
    assert.deepEqual(
      analysis.cycles.map(({ tasks, verdict }) => [tasks, verdict]),
      [[[1], 'deadlock']],
    );
  });

  it('is believed of an owner field, not of a guess', () => {
    const wait = (evidence: 'owner-field' | 'stack') =>
      waitBegin(2, 1, 'spinlock', 's', { holder: 1, evidence });
    assert.equal(analyze(wait('owner-field')).cycles.length, 1);
    assert.deepEqual(analyze(wait('stack')).cycles, []);
  });
});

describe('reuse', () => {
  const ring = [
    { ...holdBegin(1, 1, 'mutex', 'a'), pid: 1 },
    holdBegin(1, 2, 'mutex', 'b'),
    waitBegin(2, 1, 'mutex', 'b'),
    waitBegin(3, 2, 'mutex', 'a'),
  ];

  it('of a tid ends what the task before held, waited for and allocated', () => {
    assert.equal(analyze(...ring).cycles.length, 1);
    const analysis = analyze(
      ...ring,
      { type: 'alloc_begin', ts: 4, tid: 1, fn: 'pcpu_alloc' },
      { ...waitBegin(10, 1, 'mutex', 'c'), pid: 7 },
    );
    assert.deepEqual(analysis.cycles, []);
    assert.deepEqual(blockersOf(analysis, 2), ['nobody unknown']);
    assert.deepEqual(analysis.tasks[1], { name: '1', pid: 7, holds: [] });
  });

  it('of a tid does not drop a wait of the new task that is reported late', () => {
    const analysis = analyze(
      { ...holdBegin(1, 1, 'mutex', 'a'), pid: 1 },
      waitBegin(500, 9, 'mutex', 'x'),
      { ...waitBegin(100, 1, 'mutex', 'b'), pid: 2 },
      waitBegin(600, 8, 'mutex', 'x'),
    );
    assert.deepEqual(blockersOf(analysis, 1), ['nobody unknown']);
  });

  it('of a tid does not undo itself when a wait of the task before is reported late', () => {
    const analysis = analyze(
      { ...holdBegin(1, 1, 'mutex', 'a'), pid: 1 },
      waitBegin(450, 8, 'mutex', 'x'),
      { ...waitBegin(500, 1, 'mutex', 'b'), pid: 2 },
      { ...waitBegin(100, 1, 'mutex', 'c'), pid: 1 },
      { ...holdBegin(600, 1, 'mutex', 'd'), pid: 2 },
      waitBegin(700, 9, 'mutex', 'd'),
    );
    assert.deepEqual(
      analysis.chains.map(({ links }) => links.map(({ waiter, resource }) => [waiter, resource.id])),
      [
        [[8, 'x']],
        [
          [9, 'd'],
          [1, 'b'],
        ],
      ],
    );
  });

  it('of an address for another writeback begins anew', () => {
    const records = [
      holdBegin(1, 1, 'folio_writeback', 'f'),
      { type: 'io_begin', ts: 2, res: 'f' } as const,
      waitBegin(10, 3, 'folio_writeback', 'f'),
    ];
    assert.deepEqual(blockersOf(analyze(...records), 3), ['io traced']);
    assert.deepEqual(blockersOf(analyze(...records, holdBegin(11, 2, 'folio_writeback', 'f')), 3), [
      '2 traced',
    ]);
    assert.deepEqual(blockersOf(analyze(...records, { type: 'io_end', ts: 11, res: 'f' }), 3), [
      'nobody unknown',
    ]);
  });
});

describe('I/O in flight', () => {
  it('is recognised although the wait that tells the kind of the resource is reported after it', () => {
    const analysis = analyze(
      { type: 'io_begin', ts: 5, res: '0xb' },
      waitBegin(1, 1, 'folio_writeback', '0xb', { holder: 2, evidence: 'traced' }),
      waitBegin(2, 2, 'folio_lock', '0xa', { holder: 1, evidence: 'traced' }),
    );
    assert.deepEqual(analysis.cycles, []);
    assert.equal(analysis.chains[0]!.end, 'io');
  });

  it('outlasts a waiter that gives up, whoever is still named as the holder', () => {
    const analysis = analyze(
      holdBegin(1, 2, 'folio_writeback', 'f'),
      { type: 'io_begin', ts: 2, res: 'f' },
      waitBegin(3, 4, 'folio_writeback', 'f'),
      waitEnd(4, 4, 'folio_writeback', 'f'),
      waitBegin(5, 3, 'folio_writeback', 'f', { holder: 2, evidence: 'owner-field' }),
    );
    assert.deepEqual(blockersOf(analysis, 3), ['io traced']);
  });
});

describe('verdict', () => {
  const edge = (waiter: number, holder: number, evidence: TraceRecord['evidence']) =>
    waitBegin(waiter, waiter, 'mutex', `m${holder}`, { holder, evidence: evidence! });

  it('is a deadlock only by evidence better than unknown, and by more than stacks', () => {
    assert.equal(analyze(edge(1, 2, 'traced'), edge(2, 1, 'owner-field')).verdict, 'deadlock');
    assert.equal(analyze(edge(1, 2, 'traced'), edge(2, 1, 'stack')).verdict, 'deadlock');
    const stacks = analyze(edge(1, 2, 'stack'), edge(2, 1, 'stack'));
    assert.deepEqual([stacks.verdict, stacks.cycles[0]!.reasons.length], ['suspected', 1]);
    const guess = analyze(edge(1, 2, 'traced'), edge(2, 1, 'unknown'));
    assert.equal(guess.verdict, 'suspected');
    assert.deepEqual(guess.cycles[0]!.reasons, ['2 waits for mutex m1, but nothing shows that 1 holds it']);
  });

  it('is a hang from the threshold on, and none before', () => {
    const records = [
      waitBegin(0, 1, 'mutex', 'm'),
      { type: 'loss', ts: 1000, count: 2, reason: 'lost_events' } as const,
    ];
    const trace = traceOf(records);
    assert.equal(analyzeTrace(trace, { hangThresholdNs: 1000 }).verdict, 'hang');
    const analysis = analyzeTrace(trace, { hangThresholdNs: 1001 });
    assert.equal(analysis.verdict, 'none');
    assert.deepEqual(analysis.loss, { total: 2, byReason: { lost_events: 2 } });
    assert.equal(analysis.chains[0]!.waitNs, 1000);
  });

  it('puts deadlocks before suspected cycles', () => {
    const analysis = analyze(
      edge(1, 2, 'unknown'),
      edge(2, 1, 'traced'),
      edge(8, 9, 'traced'),
      edge(9, 8, 'traced'),
    );
    assert.deepEqual(
      analysis.cycles.map(({ tasks }) => tasks),
      [
        [8, 9],
        [1, 2],
      ],
    );
  });
});

describe('chains', () => {
  it('are cut to those with the longest waits, and the rest is counted', () => {
    const records = [1, 2, 3, 4].map((tid) => waitBegin(tid, tid, 'mutex', `m${tid}`));
    const analysis = analyzeTrace(traceOf(records), { maxChains: 3 });
    assert.deepEqual(
      analysis.chains.map(({ links }) => links[0]!.waiter),
      [1, 2, 3],
    );
    assert.equal(analysis.omittedChains, 1);
  });

  it('keep the one with the longest wait even if it is not the first link’s', () => {
    const analysis = analyzeTrace(
      traceOf([
        waitBegin(1, 1, 'mutex', 'old'),
        holdBegin(2, 1, 'mutex', 'm'),
        waitBegin(5, 2, 'mutex', 'other'),
        waitBegin(9, 3, 'mutex', 'm'),
      ]),
      { maxChains: 1 },
    );
    assert.deepEqual(
      analysis.chains.map(({ links }) => links.map(({ waiter }) => waiter)),
      [[3, 1]],
    );
    assert.equal(analysis.omittedChains, 1);
  });
});
