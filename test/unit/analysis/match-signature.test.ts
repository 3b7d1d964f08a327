import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Edge,
  functionName,
  MATCH_THRESHOLD,
  matchSignature,
  parseSignature,
  SIGNATURES,
} from '../../../analysis/index.ts';
import { scoreFrames } from '../../../analysis/match-frames.ts';
import { HoldwaitError } from '../../../src/trace/index.ts';

const ext4 = SIGNATURES.find(({ id }) => id === 'ext4-fault-writeback')!;

/** The stacks of the report, from a kernel before 5.0. */
const REPORTED_FAULT = [
  'wait_on_page_bit+0x82/0xa0',
  'shrink_page_list+0x907/0x960',
  'shrink_inactive_list+0x2c7/0x680',
  'shrink_node_memcg+0x404/0x830',
  'shrink_node+0xd8/0x300',
  'do_try_to_free_pages+0x10d/0x330',
  'try_to_free_mem_cgroup_pages+0xd5/0x1b0',
  'try_charge+0x14d/0x720',
  'memcg_kmem_charge_memcg+0x3c/0xa0',
  'memcg_kmem_charge+0x7e/0xd0',
  '__alloc_pages_nodemask+0x178/0x260',
  'alloc_pages_current+0x95/0x140',
  'pte_alloc_one+0x17/0x40',
  '__pte_alloc+0x1e/0x110',
  'alloc_set_pte+0x5fe/0xc20',
  'do_fault+0x103/0x970',
  'handle_mm_fault+0x61e/0xd10',
];
const REPORTED_WRITER = [
  '__lock_page+0x86/0xa0',
  'mpage_prepare_extent_to_map+0x2e7/0x310 [ext4]',
  'ext4_writepages+0x479/0xd60',
  'do_writepages+0x1e/0x30',
  'wb_workfn+0xb4/0x390',
];

function edge(waiter: number, kind: string, blocker: number, rest: Partial<Edge> = {}): Edge {
  const resource = { kind, id: `${waiter}` };
  return {
    waiter,
    resource,
    blocker,
    evidence: 'traced',
    hard: true,
    sinceNs: 0,
    waitNs: 1,
    stack: [],
    ...rest,
  };
}

function cycle(fault: Partial<Edge>, writer: Partial<Edge>): Edge[] {
  return [edge(5, 'folio_writeback', 9, fault), edge(9, 'folio_lock', 5, writer)];
}

describe('the signature of ext4-fault-writeback', () => {
  it('matches the stacks of its report, whoever comes first in the cycle', () => {
    const edges = cycle(
      { stack: REPORTED_FAULT, evidence: 'stack' },
      { stack: REPORTED_WRITER, evidence: 'stack' },
    );
    for (const turned of [edges, edges.toReversed()]) {
      const match = matchSignature(turned, ext4);
      assert.deepEqual(match?.roles, { fault: 5, writer: 9 });
      assert.ok(match.score > 0.9 && match.score < 1, String(match.score));
      assert.match(match.sources.join(), /1540858969-75803-1-git-send-email-bo\.liu/);
    }
  });

  it('just matches the right edges without stacks, and less well than with them', () => {
    assert.equal(matchSignature(cycle({}, {}), ext4)?.score, MATCH_THRESHOLD);
    assert.equal(matchSignature(cycle({ stack: REPORTED_FAULT }, {}), ext4)?.score, 0.8);
    assert.equal(matchSignature(cycle({}, { evidence: 'unknown' }), ext4), undefined);
  });

  it('does not match another file system’s writer, other resources or another number of tasks', () => {
    const xfs = ['__lock_page', 'write_cache_pages', 'xfs_vm_writepages', 'do_writepages'];
    assert.equal(matchSignature(cycle({ stack: REPORTED_FAULT }, { stack: xfs }), ext4), undefined);
    const mutexes = cycle(
      { stack: REPORTED_FAULT },
      { stack: REPORTED_WRITER, resource: { kind: 'mutex', id: 'm' } },
    );
    assert.equal(matchSignature(mutexes, ext4), undefined);
    assert.equal(matchSignature([...cycle({}, {}), edge(10, 'folio_lock', 5)], ext4), undefined);
  });
});

describe('frames', () => {
  it('are compared by function alone', () => {
    assert.equal(
      functionName('mpage_prepare_extent_to_map+0x2e7/0x310 [ext4]'),
      'mpage_prepare_extent_to_map',
    );
    assert.equal(functionName('balance_dirty.isra.0+0x1/0x2'), 'balance_dirty');
    assert.equal(functionName('f.constprop.0.isra.12 [m]'), 'f');
    assert.equal(functionName('f.part.0.cold'), 'f');
    assert.equal(functionName('0xffffffff81000000'), '0xffffffff81000000');
  });

  it('count in their order, with gaps', () => {
    const pattern = [['a'], ['b', 'B'], ['c']];
    assert.equal(scoreFrames(['a', 'x', 'B', 'x', 'c'], pattern), 1);
    assert.equal(scoreFrames(['c', 'b', 'a'], pattern), 1 / 3);
    assert.equal(scoreFrames(['a', 'c'], pattern), 2 / 3);
    assert.equal(scoreFrames(['b', 'b', 'b'], pattern), 1 / 3);
    assert.equal(scoreFrames([], pattern), 0);
  });
});

describe('a signature that somebody wrote', () => {
  const { roles, ...rest } = ext4;
  const [fault, writer] = roles;
  const faults: [string, unknown, string][] = [
    ['not an object', [], '$'],
    ['an id with spaces', { ...ext4, id: 'My deadlock' }, '$.id'],
    ['a misspelt field', { ...ext4, role: [] }, '$.role'],
    ['no roles', { ...rest, roles: [] }, '$.roles'],
    ['no title', { ...ext4, title: undefined }, '$.title'],
    [
      'frames that are no lists',
      { ...rest, roles: [{ ...fault, frames: ['do_fault'] }, writer] },
      '$.roles[0].frames[0]',
    ],
    [
      'an unknown mode',
      { ...rest, roles: [fault, { ...writer, waits: { kind: 'rwsem', mode: 'x' } }] },
      '$.roles[1].waits.mode',
    ],
    [
      'roles that do not meet',
      { ...rest, roles: [fault, { ...writer, holds: { kind: 'mutex' } }] },
      '$.roles[1].holds.kind',
    ],
    ['affected kernels as text', { ...ext4, affected: '< 5.0' }, '$.affected'],
  ];
  for (const [what, value, path] of faults) {
    it(`with ${what} is refused at ${path}`, () => {
      assert.throws(
        () => parseSignature(value, 'mine.json'),
        (error) =>
          error instanceof HoldwaitError &&
          error.category === 'input' &&
          error.code === 'SIGNATURE_INVALID' &&
          error.message.startsWith(`mine.json: ${path} must be `),
      );
    });
  }

  it('comes back as it is if it is in order', () => {
    assert.deepEqual(parseSignature(JSON.parse(JSON.stringify(ext4)), 'mine.json'), ext4);
  });
});
