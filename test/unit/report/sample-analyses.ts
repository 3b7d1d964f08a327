import {
  ANALYSIS_SCHEMA,
  type Analysis,
  type Chain,
  type Cycle,
  type Edge,
} from '../../../analysis/result.ts';

const S = 1e9;

/** Nothing at all: what every other sample changes. */
export const EMPTY: Analysis = {
  schema: ANALYSIS_SCHEMA,
  capture: { events: 0, endNs: 0, hangThresholdNs: 10 * S },
  loss: { total: 0, byReason: {} },
  verdict: 'none',
  cycles: [],
  chains: [],
  potential: [],
  tasks: {},
  omittedChains: 0,
  attachments: [],
};

export function sampleEdge(changes: Partial<Edge> = {}): Edge {
  return {
    waiter: 1,
    resource: { kind: 'mutex', id: '0xffff888000001000' },
    blocker: 2,
    evidence: 'traced',
    hard: true,
    sinceNs: 3 * S,
    waitNs: 42.1 * S,
    stack: ['__schedule', 'schedule', '__mutex_lock', 'do_work', 'do_syscall_64'],
    ...changes,
  };
}

export function sampleChain(changes: Partial<Chain> = {}): Chain {
  return { waitNs: 42.1 * S, links: [sampleEdge()], end: 'running', ...changes };
}

export function sampleCycle(changes: Partial<Cycle> = {}): Cycle {
  return {
    verdict: 'deadlock',
    reasons: [],
    tasks: [1],
    edges: [sampleEdge({ blocker: 1 })],
    closedNs: 0,
    victims: [],
    matches: [],
    ...changes,
  };
}

const FAULT_STACK = [
  '__schedule',
  'schedule',
  'io_schedule',
  'folio_wait_bit_common',
  'folio_wait_writeback+0x2a/0x90',
  'shrink_folio_list+0x6f0/0xc80',
  'shrink_lruvec+0x5ff/0xbf0',
  'shrink_node+0x2a4/0x6c0',
  'do_try_to_free_pages+0xd1/0x5c0',
  'try_to_free_mem_cgroup_pages+0x10c/0x240',
  'try_charge_memcg+0x1d5/0x7d0',
  'obj_cgroup_charge_pages+0x2c/0xb0',
  '__memcg_kmem_charge_page+0x88/0x160',
  '__alloc_pages+0x1d9/0x330',
  'pte_alloc_one+0x14/0x50',
  '__pte_alloc+0x1b/0x170',
  'finish_fault+0x28f/0x310',
  'do_fault+0x1d6/0x410',
  '__handle_mm_fault+0x660/0xfa0',
  'handle_mm_fault+0xdb/0x2d0',
  'do_user_addr_fault+0x1cd/0x690',
  'exc_page_fault+0x70/0x170',
  'asm_exc_page_fault+0x22/0x30',
];

const FLUSH_STACK = [
  'folio_wait_bit_common',
  '__folio_lock+0x13/0x20',
  'mpage_prepare_extent_to_map+0x3f5/0x4b0 [ext4]',
  'ext4_writepages+0x2f4/0xd00 [ext4]',
  'do_writepages+0xd1/0x1b0',
  '__writeback_single_inode+0x41/0x360',
  'writeback_sb_inodes+0x1ed/0x4b0',
  '__writeback_inodes_wb+0x4c/0xf0',
  'wb_writeback+0x204/0x2f0',
  'wb_workfn+0x2b4/0x510',
  'process_one_work+0x1e5/0x3f0',
  'worker_thread+0x4d/0x380',
  'kthread+0xe9/0x110',
  'ret_from_fork+0x22/0x30',
];

export const FAULT_FOLIO = {
  kind: 'folio_lock',
  id: '0xffffea00012a4b00',
  label: 'page 64 of inode 13 on 254:16',
};
export const WRITEBACK_FOLIO = {
  kind: 'folio_writeback',
  id: '0xffffea00012a4ac0',
  label: 'page 63 of inode 13 on 254:16',
};

const FAULT_CYCLE: Cycle = {
  verdict: 'deadlock',
  reasons: [],
  tasks: [33, 412],
  edges: [
    sampleEdge({
      waiter: 33,
      resource: FAULT_FOLIO,
      blocker: 412,
      sinceNs: 3.02 * S,
      waitNs: 42.18 * S,
      stack: FLUSH_STACK,
      hold: { sinceNs: 3.01 * S, stack: ['filemap_fault', '__do_fault', 'do_fault'] },
    }),
    sampleEdge({
      waiter: 412,
      resource: WRITEBACK_FOLIO,
      blocker: 33,
      sinceNs: 3.05 * S,
      waitNs: 42.15 * S,
      stack: FAULT_STACK,
      hold: { sinceNs: 3 * S, stack: ['__folio_start_writeback', 'ext4_bio_write_page'] },
    }),
  ],
  closedNs: 3.05 * S,
  victims: [501, 502],
  matches: [
    {
      id: 'ext4-fault-writeback',
      title: 'a page fault allocates its page table under the page lock and reclaim waits for writeback',
      score: 1,
      roles: { faulter: 412, flusher: 33 },
      sources: ['https://patchwork.ozlabs.org/patch/990523/'],
      fix: '63f3655f9501 ("mm, memcg: fix reclaim deadlock with writeback"), in 5.0',
    },
  ],
};

/** The reported deadlock 001, with two victims behind it. */
export const FAULT_DEADLOCK: Analysis = {
  ...EMPTY,
  capture: {
    target: 'lab:default',
    kernelRelease: '6.1.0-49-amd64',
    holdwaitVersion: '0.1.0',
    thresholdNs: 10e6,
    endReason: 'duration',
    events: 12_345,
    endNs: 45.2 * S,
    hangThresholdNs: 10 * S,
    hooks: [{ hook: 'pcpu_alloc', symbol: 'pcpu_alloc' }],
  },
  verdict: 'deadlock',
  cycles: [FAULT_CYCLE],
  chains: [501, 502].map((tid) =>
    sampleChain({
      waitNs: 30 * S,
      end: 'cycle',
      cycle: 0,
      links: [sampleEdge({ waiter: tid, resource: FAULT_FOLIO, blocker: 412, waitNs: 30 * S })],
    }),
  ),
  tasks: {
    33: {
      name: 'kworker/u4:1:33',
      pid: 33,
      comm: 'kworker/u4:1',
      holds: Array.from({ length: 64 }, (_, i) => ({
        ...(i === 0
          ? WRITEBACK_FOLIO
          : { kind: 'folio_writeback', id: `0xffffea00012a${(0x4ac0 - i * 64).toString(16)}` }),
        sinceNs: 3 * S,
        stack: ['__folio_start_writeback', 'ext4_bio_write_page'],
      })),
    },
    412: {
      name: 'p1-task1:412',
      pid: 410,
      comm: 'p1-task1',
      holds: [{ ...FAULT_FOLIO, sinceNs: 3.01 * S, stack: ['filemap_fault', '__do_fault', 'do_fault'] }],
      allocation: { fn: 'pte_alloc_one', sinceNs: 3.02 * S },
    },
    501: { name: 'dd:501', pid: 501, comm: 'dd', holds: [] },
    502: { name: 'sync:502', pid: 502, comm: 'sync', holds: [] },
  },
  attachments: ['dmesg', 'stack-412'],
};
