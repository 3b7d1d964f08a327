import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseIgnoredOrders } from '../../../../analysis/index.ts';
import { findIgnored } from '../../../../analysis/order-graph/ignored-orders.ts';

const FILE = `\uFEFF# looked at in May
folio_lock (ext4) -> folio_writeback (ext4)  # no cgroup of version 1 here

lock_a → lock_b → lock_a # one thread # only
{"classes": ["a#1", "b"], "reason": "by design"}
`;

describe('a file of orders to be ignored', () => {
  it('has an order a line, or a whole circle, as text or JSON', () => {
    assert.deepEqual(parseIgnoredOrders(FILE, 'f'), [
      {
        classes: ['folio_lock (ext4)', 'folio_writeback (ext4)'],
        isCircle: false,
        reason: 'no cgroup of version 1 here',
      },
      { classes: ['lock_a', 'lock_b'], isCircle: true, reason: 'one thread # only' },
      { classes: ['a#1', 'b'], isCircle: false, reason: 'by design' },
    ]);
  });

  it('leaves aside every circle with that order in it, wherever it begins, and of a circle that one only', () => {
    const orders = parseIgnoredOrders('a -> b # x\nc -> d -> c # y', 'f');
    const reasonOf = (...circle: string[]) => findIgnored(circle, orders)?.reason;
    assert.deepEqual(
      [
        reasonOf('a', 'b'),
        reasonOf('b', 'z', 'a'),
        reasonOf('b', 'a', 'z'),
        reasonOf('d', 'c'),
        reasonOf('c', 'd', 'e'),
      ],
      ['x', 'x', undefined, 'y', undefined],
    );
  });

  for (const [name, line, message] of [
    ['a reason is missing', 'a -> b', /line 1: a reason is wanted/],
    ['a reason is empty', 'a -> b # ', /line 1: a reason is wanted/],
    ['there is one class', '\n\na # x', /line 3: two classes/],
    ['a class is empty', 'a ->  -> b # x', /line 1: two classes/],
    ['JSON is torn', '{"classes": ["a"', /line 1: not JSON/],
    ['JSON has no classes', '{"reason": "x"}', /line 1: two classes/],
  ] as const) {
    it(`is refused where ${name}`, () => {
      assert.throws(
        () => parseIgnoredOrders(line, 'orders.txt'),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'IGNORED_ORDERS_INVALID');
          assert.match(error.message, message);
          assert.match(error.message, /^orders\.txt, /);
          return true;
        },
      );
    });
  }
});
