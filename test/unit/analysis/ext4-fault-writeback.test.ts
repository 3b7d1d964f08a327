import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import type { TraceRecord } from '../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from './trace-of.ts';

/** The deadlock of the report, event by event, as the hooks see it on a 6.1 kernel. Task 1 faults, task 2 writes back. */
const FAULT = 301;
const WRITER = 77;
const A = '0xffffea0000a00000';
const B = '0xffffea0000b00000';

const FAULT_STACK = [
  'folio_wait_writeback+0x2b/0x80',
  'shrink_folio_list+0x7a4/0xc50',
  'shrink_lruvec+0x5e9/0xc80',
  'shrink_node+0x2d4/0x720',
  'do_try_to_free_pages+0xd0/0x560',
  'try_to_free_mem_cgroup_pages+0x107/0x230',
  'try_charge_memcg+0x18a/0x7c0',
  '__memcg_kmem_charge_page+0x92/0x1a0',
  '__alloc_pages+0x24d/0x330',
  'pte_alloc_one+0x14/0x40',
  '__pte_alloc+0x23/0x190',
  'finish_fault+0x1c7/0x230',
  'fault_wrap+0x36/0x70 [holdwait_fault]',
  'do_fault+0x1b4/0x410',
  '__handle_mm_fault+0x660/0xfa0',
];
const WRITER_STACK = [
  '__folio_lock+0x17/0x30',
  'mpage_prepare_extent_to_map+0x4e2/0x540 [ext4]',
  'ext4_writepages+0x2c2/0x1190 [ext4]',
  'do_writepages+0xcf/0x1e0',
  'filemap_fdatawrite_wbc+0x5f/0x80',
  'ext4_sync_file+0xdc/0x340 [ext4]',
];

const TASKS: readonly TraceRecord[] = [
  { type: 'task', tid: FAULT, pid: FAULT, comm: 'faulter' },
  { type: 'task', tid: WRITER, pid: WRITER, comm: 'fsync' },
];

/** Every fact as an event of its own. */
const SEPARATE: readonly TraceRecord[] = [
  ...TASKS,
  holdBegin(100, FAULT, 'folio_lock', A),
  { type: 'alloc_begin', ts: 200, tid: FAULT, fn: 'pte_alloc_one' },
  holdBegin(300, WRITER, 'folio_writeback', B),
  waitBegin(400, WRITER, 'folio_lock', A, { stack: WRITER_STACK }),
  waitBegin(500, FAULT, 'folio_writeback', B, { stack: FAULT_STACK }),
  { type: 'loss', ts: 5_000_000_500, count: 0, reason: 'lost_events' },
];

/** As the kernel-side join reports it: holders already on the waits, and nothing else. */
const JOINED: readonly TraceRecord[] = [
  ...TASKS,
  waitBegin(400, WRITER, 'folio_lock', A, { stack: WRITER_STACK, holder: FAULT, evidence: 'traced' }),
  waitBegin(500, FAULT, 'folio_writeback', B, { stack: FAULT_STACK, holder: WRITER, evidence: 'traced' }),
];

function assertDeadlock(analysis: Analysis): void {
  assert.equal(analysis.verdict, 'deadlock');
  assert.equal(analysis.cycles.length, 1);
  const [cycle] = analysis.cycles;
  assert.deepEqual(cycle!.tasks, [WRITER, FAULT]);
  assert.deepEqual(
    cycle!.edges.map(({ waiter, resource, blocker, evidence, hard }) => ({
      waiter,
      id: resource.id,
      blocker,
      evidence,
      hard,
    })),
    [
      { waiter: WRITER, id: A, blocker: FAULT, evidence: 'traced', hard: true },
      { waiter: FAULT, id: B, blocker: WRITER, evidence: 'traced', hard: true },
    ],
  );
  assert.equal(cycle!.closedNs, 500);
  assert.deepEqual(cycle!.matches[0]?.roles, { fault: FAULT, writer: WRITER });
  assert.equal(cycle!.matches[0]?.id, 'ext4-fault-writeback');
  assert.equal(cycle!.matches[0]?.score, 1);
  assert.deepEqual(analysis.chains, []);
  assert.equal(analysis.omittedChains, 0);
}

describe('the deadlock of fault and writeback', () => {
  it('is found from separate holds and waits', () => {
    const analysis = analyzeTrace(traceOf(SEPARATE));
    assertDeadlock(analysis);
    assert.deepEqual(analysis.tasks[FAULT], {
      name: 'faulter:301',
      pid: FAULT,
      comm: 'faulter',
      holds: [{ kind: 'folio_lock', id: A, sinceNs: 100, stack: [] }],
      allocation: { fn: 'pte_alloc_one', sinceNs: 200 },
    });
    assert.equal(analysis.cycles[0]!.edges[0]!.hold?.sinceNs, 100);
    assert.equal(analysis.cycles[0]!.edges[0]!.waitNs, 5_000_000_100);
  });

  it('is found from waits that carry their holders', () => {
    assertDeadlock(analyzeTrace(traceOf(JOINED)));
  });

  it('is found whichever wait is reported late', () => {
    assertDeadlock(analyzeTrace(traceOf(JOINED.toReversed())));
    assertDeadlock(analyzeTrace(traceOf([...SEPARATE.slice(0, 5), SEPARATE[6]!, SEPARATE[5]!])));
  });

  it('is not there before its last wait begins', () => {
    for (let n = 0; n < SEPARATE.length - 2; n++) {
      assert.deepEqual(analyzeTrace(traceOf(SEPARATE.slice(0, n))).cycles, [], `first ${n} records`);
    }
  });

  it('is no deadlock if the bio was submitted: the device ends it', () => {
    for (const records of [SEPARATE, JOINED]) {
      for (const ts of [350, 450, 600]) {
        const analysis = analyzeTrace(traceOf([...records, { type: 'io_begin', ts, res: B }]));
        assert.deepEqual(analysis.cycles, []);
        assert.equal(analysis.verdict, 'none');
        assert.deepEqual(
          analysis.chains.map(({ end, links }) => [end, links.map(({ waiter }) => waiter)]),
          [['io', [WRITER, FAULT]]],
        );
        assert.equal(analysis.chains[0]!.links[1]!.blocker, null);
        assert.equal(analysis.chains[0]!.links[1]!.io, true);
      }
    }
  });

  it('is no deadlock if the page lock was released', () => {
    const analysis = analyzeTrace(traceOf([...SEPARATE, holdEnd(600, FAULT, 'folio_lock', A)]));
    assert.deepEqual(analysis.cycles, []);
    assert.deepEqual(
      analysis.chains.map(({ end, links }) => [end, links.map(({ waiter }) => waiter)]),
      [['unknown', [FAULT, WRITER]]],
    );
  });

  it('is no deadlock if a wait ended', () => {
    for (const records of [SEPARATE, JOINED]) {
      const analysis = analyzeTrace(traceOf([...records, waitEnd(600, FAULT, 'folio_writeback', B)]));
      assert.deepEqual(analysis.cycles, []);
      assert.equal(analysis.chains[0]!.end, 'running');
    }
  });
});
