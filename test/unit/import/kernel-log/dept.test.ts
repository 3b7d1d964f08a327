import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeTrace, functionName } from '../../../../analysis/index.ts';
import { ordersOf, pairsOf } from './lockdep-logs.ts';
import { lossesOf, readLog } from './sample-logs.ts';

const RULE = '---------------------------------------------------';

interface Side {
  readonly name: string;
  readonly holds: string;
  readonly wants: string;
  readonly stack: readonly string[];
}

/** A report as DEPT prints it, of contexts that each owe one event and wait for another. */
function deptReport(sides: readonly Side[], kind = '*** DEADLOCK ***'): string {
  const parts = ({ holds, wants }: Side) => [
    `    [S] (unknown)(${holds}:0)`,
    `    [W] dept_page_wait_on_bit(${wants}:0)`,
    `    [E] dept_page_clear_bit(${holds}:0)`,
    '',
  ];
  const lines = [
    '===================================================',
    'DEPT: Circular dependency has been detected.',
    '6.15.0-test #2 Not tainted',
    RULE,
    'summary',
    RULE,
    kind,
    '',
    ...sides.flatMap((side) => [`context ${side.name}`, ...parts(side)]),
    '[S]: start of the event context',
    '[W]: the wait blocked',
    '[E]: the event not reachable',
    ...sides.flatMap((side) => [
      RULE,
      `context ${side.name}'s detail`,
      RULE,
      `context ${side.name}`,
      ...parts(side),
      `[S] (unknown)(${side.holds}:0):`,
      '(N/A)',
      '',
      `[W] dept_page_wait_on_bit(${side.wants}:0):`,
      `[<ffff800080589c94>] ${side.stack[0]}+0x2c/0x38`,
      'stacktrace:',
      ...side.stack.map((name) => `      ${name}+0x824/0x8b8`),
      '',
      `[E] dept_page_clear_bit(${side.holds}:0):`,
      `[<ffff800080700914>] let_go_${side.name}+0x1b4/0x200`,
      'stacktrace:',
      `      let_go_${side.name}+0x1b4/0x200`,
    ]),
    RULE,
    'information that might be helpful',
    RULE,
    'CPU: 1 UID: 0 PID: 412 Comm: kworker/u8:3 Not tainted 6.15.0-test #2',
    'Call trace:',
    ' dump_stack+0x18/0x24',
  ];
  return lines.map((line, i) => `[    6.${String(100000 + i)}] ${line}\n`).join('');
}

const FAULT: Side = {
  name: 'A',
  holds: 'pg_locked_map',
  wants: 'pg_writeback_map',
  stack: [
    'folio_wait_bit_common',
    'folio_wait_writeback',
    'shrink_folio_list',
    'try_charge_memcg',
    'pte_alloc_one',
    'do_fault',
    'handle_mm_fault',
  ],
};
const WRITER: Side = {
  name: 'B',
  holds: 'pg_writeback_map',
  wants: 'pg_locked_map',
  stack: ['__folio_lock', 'mpage_prepare_extent_to_map', 'ext4_writepages', 'wb_workfn'],
};

describe('a report of DEPT', () => {
  it('has a link for each context, with the stacks of its wait and of the event', () => {
    const [order] = ordersOf(deptReport([FAULT, WRITER]));
    assert.deepEqual(
      order!.links.map(({ held, wanted, stack, releaseStack }) => [
        held,
        wanted,
        stack.map(functionName),
        releaseStack!.map(functionName),
      ]),
      [
        ['pg_locked_map', 'pg_writeback_map', FAULT.stack, ['let_go_A']],
        ['pg_writeback_map', 'pg_locked_map', WRITER.stack, ['let_go_B']],
      ],
    );
    assert.deepEqual(
      [order!.source, order!.report, order!.title, order!.task, order!.cut],
      ['dept', 'circular', 'possible deadlock in shrink_folio_list', 412, undefined],
    );
  });

  it('of page lock and writeback is known by its stacks, and is no cycle', () => {
    const { verdict, cycles, potential } = analyzeTrace(readLog(deptReport([FAULT, WRITER])));
    assert.deepEqual([verdict, cycles.length], ['none', 0]);
    assert.equal(potential[0]!.matches[0]!.id, 'ext4-fault-writeback');
  });

  it('of the same two in other code is not that deadlock', () => {
    const migrates = { ...FAULT, stack: ['folio_wait_writeback', 'migrate_pages_batch', 'compact_node'] };
    const { potential } = analyzeTrace(readLog(deptReport([migrates, WRITER])));
    assert.deepEqual(potential[0]!.matches, []);
  });

  it('of three contexts is put in the order of the circle', () => {
    const a: Side = { name: 'A', holds: '&one->lock', wants: '&(&two->wait)->dmap', stack: ['wait_two'] };
    const b: Side = { name: 'B', holds: 'three', wants: '&one->lock', stack: ['take_one'] };
    const c: Side = { name: 'C', holds: '&(&two->wait)->dmap', wants: 'three', stack: ['take_three'] };
    const [order] = ordersOf(deptReport([a, b, c]));
    assert.deepEqual(order!.classes, ['&one->lock', '&(&two->wait)->dmap', 'three']);
    assert.equal(order!.cut, undefined);
  });

  it('of one context waits for its own event', () => {
    const own: Side = { name: 'A', holds: '&vfork', wants: '&vfork', stack: ['wait_for_vfork_done'] };
    const [order] = ordersOf(deptReport([own], '*** AA DEADLOCK ***'));
    assert.deepEqual([order!.report, pairsOf([order!])], ['recursive', ['&vfork > &vfork']]);
  });

  it('in a mail is read through the quoting', () => {
    const quoted = deptReport([FAULT, WRITER]).replace(/^(.*)$/gm, '> > $1');
    assert.deepEqual(ordersOf(quoted), ordersOf(deptReport([FAULT, WRITER])));
  });

  it('cut at any byte has no link that the whole one has not', () => {
    const text = deptReport([FAULT, WRITER]);
    const pairs = pairsOf(ordersOf(text));
    for (let at = 0; at < text.length; at += 7) {
      const orders = ordersOf(text.slice(0, at));
      const found = pairsOf(orders);
      assert.ok(
        found.every((pair) => pairs.includes(pair)),
        `cut at ${at}`,
      );
      assert.ok(orders.every(({ cut }) => cut === true) || found.length === pairs.length, `cut at ${at}`);
      assert.equal(lossesOf(readLog(text.slice(0, at))).cut_report ?? 0, orders[0]?.cut ? 1 : 0);
    }
  });
});
