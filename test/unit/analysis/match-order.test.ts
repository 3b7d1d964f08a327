import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decodeLockOrders,
  type LockOrder,
  MATCH_THRESHOLD,
  matchOrder,
  type OrderLink,
  parseSignature,
  SIGNATURES,
} from '../../../analysis/index.ts';
import { TraceBuilder } from '../../../src/trace/index.ts';

function link(held: string, wanted: string, ...stack: string[]): OrderLink {
  return { held, wanted, stack, task: null };
}

function order(...links: OrderLink[]): LockOrder {
  const classes = links.map(({ held }) => held);
  return { source: 'lockdep', report: 'circular', title: 'possible deadlock', classes, links };
}

const SEAL = link(
  '&sb->s_type->i_mutex_key#9',
  'cpu_hotplug_lock.rw_sem',
  'get_online_cpus+0x1/0x2',
  'lru_add_drain_all+0xe/0x20',
  'shmem_add_seals+0x197/0x1060',
);
const FAULT = link('&mm->mmap_lock#2', 'mapping.invalidate_lock#3', 'down_read+0x40/0x4a', 'filemap_fault');
const READER = link('mapping.invalidate_lock#3', 'sb_writers#10', 'cachefiles_write', 'netfs_readpage');
const XATTR = link('sb_writers#10', '&mm->mmap_lock#2', '__might_fault', 'strncpy_from_user', 'removexattr');

function idsOf(lockOrder: LockOrder, signatures = SIGNATURES): string[] {
  return matchOrder(lockOrder, signatures).map(({ id }) => id);
}

describe('a reported order of locks', () => {
  it('is known wherever in the circle the report begins', () => {
    const circle = [FAULT, READER, XATTR];
    for (let turn = 0; turn < circle.length; turn++) {
      const turned = [...circle.slice(turn), ...circle.slice(0, turn)];
      assert.deepEqual(idsOf(order(...turned)), ['netfs-sb-writers-mmap', 'netfs-cachefiles-order']);
    }
  });

  it('is known as the documented deadlock before its form, both with the same score', () => {
    const [main, form] = matchOrder(order(FAULT, READER, XATTR), SIGNATURES);
    assert.equal(main!.score, form!.score);
    assert.ok(main!.score > 0.8);
    assert.ok(main!.sources.length > 0 && main!.fix !== undefined);
  });

  it('taken the other way round is another one', () => {
    const back = [FAULT, READER, XATTR]
      .map((one) => ({ ...one, held: one.wanted, wanted: one.held }))
      .reverse();
    assert.deepEqual(idsOf(order(...back)), []);
  });

  it('of the same locks in other code is another one', () => {
    const elsewhere = { ...READER, stack: ['ext4_page_mkwrite', 'do_page_mkwrite'] };
    assert.deepEqual(idsOf(order(FAULT, elsewhere, XATTR)), []);
  });

  it('of other locks in the same code is another one', () => {
    const other = { ...SEAL, wanted: 'pcpu_drain_mutex' };
    assert.deepEqual(idsOf(order(other)), []);
  });

  it('wanted in another mode is another one', () => {
    const writes = { ...FAULT, stack: ['down_write+0x40/0x4a', 'filemap_fault'] };
    assert.deepEqual(idsOf(order(writes, { ...READER, stack: [] }, XATTR)), []);
  });

  it('is known by the decisive link alone, and in a longer circle, with less agreement', () => {
    const [cut] = matchOrder(order(SEAL), SIGNATURES);
    assert.equal(cut!.id, 'shmem-seals-cpu-hotplug');
    const longer = order(
      SEAL,
      link('cpu_hotplug_lock.rw_sem', '&pipe->mutex/1', 'mutex_lock'),
      link('&pipe->mutex/1', '&sb->s_type->i_mutex_key#9', 'down_write', 'shmem_file_splice_read'),
    );
    assert.deepEqual(idsOf(longer), ['shmem-seals-cpu-hotplug']);
    assert.ok(cut!.score >= MATCH_THRESHOLD && cut!.score < 0.8);
  });

  it('is not known by a link that many deadlocks have, nor without a stack', () => {
    assert.deepEqual(idsOf(order(FAULT)), []);
    assert.deepEqual(idsOf(order(XATTR)), []);
    assert.deepEqual(idsOf(order({ ...SEAL, stack: [] })), []);
  });

  it('that a signature of somebody else marks as decisive is known by that', () => {
    const [signature] = SIGNATURES.filter(({ id }) => id === 'netfs-cachefiles-order');
    const roles = signature!.roles.map((role) => ({
      ...role,
      ...(role.name === 'xattr' && { identifiedBy: ['removexattr'], decisive: true }),
    }));
    const { lockOrder: _lockOrder, variantOf: _variantOf, ...rest } = signature!;
    const own = parseSignature({ ...rest, id: 'own', roles }, 'own.json');
    assert.deepEqual(idsOf(order(XATTR), [own]), ['own']);
    assert.throws(
      () => parseSignature({ ...rest, roles, lockOrder: 'yes' }, 'own.json'),
      /lockOrder must be true/,
    );
  });

  it('without any link is nothing that is known', () => {
    assert.deepEqual(idsOf(order()), []);
  });
});

describe('the attachment lock-orders', () => {
  const good = order(SEAL);

  function decode(...texts: string[]): ReturnType<typeof decodeLockOrders> {
    const builder = new TraceBuilder();
    for (const text of texts) {
      builder.addAttachment({ name: 'lock-orders', text });
    }
    return decodeLockOrders(builder.finish({}));
  }

  function attachment(...orders: unknown[]): string {
    return JSON.stringify({ schema: 'holdwait.lock-orders/1', orders });
  }

  it('gives back what was put in, each order once', () => {
    const { orders, losses } = decode(attachment(good, good), attachment(good));
    assert.deepEqual(orders, [good]);
    assert.deepEqual(losses, []);
  });

  it('loses what is not of its form, and nothing else', () => {
    const bad = [
      undefined,
      null,
      7,
      [],
      {},
      { ...good, source: 'me' },
      { ...good, classes: [1] },
      { ...good, links: 'none' },
      { ...good, links: [{ ...SEAL, stack: undefined }] },
      { ...good, links: [{ ...SEAL, held: 3 }] },
      { ...good, title: null },
    ];
    const { orders, losses } = decode(attachment(...bad, good));
    assert.deepEqual(orders, [good]);
    assert.deepEqual(
      losses.map(({ reason, count }) => [reason, count]),
      [['bad_lock_order', bad.length]],
    );
  });

  it('leaves out a field that cannot be', () => {
    const odd = {
      ...good,
      line: -1,
      task: 1.5,
      cut: 'yes',
      locks: [{ name: 'a' }, 5],
      usage: [],
      scenario: [0],
    };
    assert.deepEqual(decode(attachment(odd)).orders, [{ ...good, locks: [{ name: 'a' }] }]);
  });

  it('of another version, or no JSON at all, is a loss', () => {
    const { orders, losses } = decode('{', '{"schema":"holdwait.lock-orders/9","orders":[]}', 'null');
    assert.deepEqual([orders.length, losses[0]!.count], [0, 3]);
  });
});
