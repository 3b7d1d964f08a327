import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { longestOf } from '../../../../../src/report/html/app/model/lane-waits.ts';
import type { PageModel } from '../../../../../src/report/html/app/model/page-model.ts';
import { parseQuery } from '../../../../../src/report/html/app/model/search.ts';
import { searchLines } from '../../../../../src/report/html/app/model/search-lines.ts';
import { framesOf } from '../../../../../src/report/html/app/model/span-edge.ts';
import { allWaitsTable } from '../../../../../src/report/html/app/tables/all-waits.ts';
import { describeMatches, filterTables } from '../../../../../src/report/html/app/tables/filter-tables.ts';
import { collectTables } from '../../../../../src/report/html/app/tables/page-tables.ts';
import { nextOrder, sortRows } from '../../../../../src/report/html/app/tables/sort-rows.ts';
import type { Column } from '../../../../../src/report/html/app/tables/table-spec.ts';
import { findVisible, scrollTo } from '../../../../../src/report/html/app/tables/visible-rows.ts';
import { modelOf } from './model-of.ts';

const COLUMNS: readonly Column<readonly [string, number]>[] = [
  { id: 'name', heading: 'name', text: ([name]) => name },
  { id: 'size', heading: 'size', text: ([, size]) => String(size), number: ([, size]) => size },
];

describe('sorting', () => {
  it('puts numbers in names in their order, and keeps equal rows as they were', () => {
    const rows = [
      ['app:10', 1],
      ['app:9', 2],
      ['app:9', 1],
    ] as const;
    const sorted = sortRows(rows, COLUMNS, { column: 'name', direction: 'ascending' });
    assert.deepEqual(sorted, [
      ['app:9', 2],
      ['app:9', 1],
      ['app:10', 1],
    ]);
  });

  it('is the other way round after a second click, and begins with the largest number', () => {
    const first = nextOrder(COLUMNS[1]!, undefined);
    assert.equal(first.direction, 'descending');
    assert.equal(nextOrder(COLUMNS[1]!, first).direction, 'ascending');
    assert.equal(nextOrder(COLUMNS[0]!, first).direction, 'ascending');
  });

  it('agrees with sorting by hand for any numbers', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.integer())), (rows) => {
        const sizes = sortRows(rows, COLUMNS, { column: 'size', direction: 'descending' }).map(
          ([, size]) => size,
        );
        assert.deepEqual(
          sizes,
          rows.map(([, size]) => size).sort((a, b) => b - a),
        );
      }),
    );
  });
});

describe('the rows that are in the document', () => {
  it('are those that are seen, with room for all others', () => {
    fc.assert(
      fc.property(
        fc.nat(100_000),
        fc.integer({ min: -50, max: 3_000_000 }),
        fc.nat(2000),
        (count, top, height) => {
          const { from, to, above, below } = findVisible(count, 28, top, height);
          assert.equal(above + (to - from) * 28 + below, count * 28);
          assert.ok(to - from <= height / 28 + 26);
          const seen = Array.from({ length: 3 }, (_, i) => Math.floor((top + (i * height) / 3) / 28));
          assert.ok(seen.every((row) => row < 0 || row >= count || (row >= from && row < to)));
        },
      ),
    );
  });

  it('are scrolled to only where they are not seen', () => {
    assert.equal(scrollTo(3, 28, 0, 280), undefined);
    assert.equal(scrollTo(100, 28, 0, 280), 2800 - 126);
    assert.equal(scrollTo(0, 28, 500, 280), 0);
  });
});

describe('the filter', () => {
  it('finds every word anywhere in a wait: name, tid, resource, blocker, frame', async () => {
    const model = await modelOf('ext4-fault-writeback');
    const table = allWaitsTable(model);
    const found = (query: string) => table.rows.filter(table.search(parseQuery(query))).length;
    assert.deepEqual(
      ['', 'KWORKER', 'dd:501', '412', 'ffffea00012a4a40', 'shrink_folio_list', 'dd nowhere'].map(found),
      [4, 3, 1, 3, 1, 1, 0],
    );
  });

  it('of waits agrees with looking at each text of each wait', async () => {
    const model = await modelOf('convoy');
    const table = allWaitsTable(model);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('post', '10', 'inode', 'ext4_', 'open', 'x', '7'), { maxLength: 3 }),
        (terms) => {
          const matches = table.search(terms);
          for (const row of table.rows) {
            const texts = textsOf(model, row);
            const expected = terms.every((term) => texts.some((text) => text.toLowerCase().includes(term)));
            assert.equal(matches(row), expected, `row ${row}, ${terms}`);
          }
        },
      ),
    );
  });

  it('says how many rows match, and in which tables', async () => {
    const model = await modelOf('ext4-fault-writeback');
    const groups = collectTables(model);
    const said = (query: string) =>
      describeMatches(filterTables(groups, parseQuery(query)), parseQuery(query));
    assert.equal(said(''), '');
    assert.match(said('sync:502'), /^\d+ of \d+ rows match, in Open waits, .*Tasks.*All waits$/);
    assert.match(said('nobodyhasthis'), /^Nothing matches in \d+ rows$/);
  });
});

describe('every table', () => {
  it('has a text in every cell, an order for every column and its own id', async () => {
    for (const name of [
      'ext4-fault-writeback',
      'convoy',
      'hostile-names',
      'hang-unknown-holder',
      'nothing-waits',
    ]) {
      const tables = collectTables(await modelOf(name)).flatMap((group) => group.tables);
      assert.equal(new Set(tables.map(({ id }) => id)).size, tables.length);
      for (const { rows, columns } of tables) {
        assert.ok(rows.every((row) => columns.every((column) => typeof column.text(row) === 'string')));
        assert.ok(rows.every((row) => columns[0]!.text(row) !== ''));
        for (const { id } of columns) {
          assert.equal(sortRows(rows, columns, { column: id, direction: 'ascending' }).length, rows.length);
        }
      }
    }
  });

  it('links only to what is there', async () => {
    const { findItem } = await import('../../../../../src/report/html/app/model/item.ts');
    for (const name of ['ext4-fault-writeback', 'convoy', 'chain-to-io', 'soft-ring']) {
      const model = await modelOf(name);
      for (const { rows, handle, title } of collectTables(model).flatMap((group) => group.tables)) {
        for (const to of rows.map(handle)) {
          assert.ok(to === undefined || findItem(model, to), `${name}, ${title}: ${to}`);
        }
      }
    }
  });
});

describe('the longest waits of a task', () => {
  it('are its own, longest first, and the others are counted', async () => {
    const { timeline } = await modelOf('convoy');
    const { lane, durationNs } = timeline.waits;
    const own = [...lane.keys()].filter((row) => lane[row] === 0);
    own.sort((a, b) => durationNs[b]! - durationNs[a]! || a - b);
    assert.deepEqual(longestOf(timeline, [0], 2), {
      rows: own.slice(0, 2),
      more: Math.max(0, own.length - 2),
    });
  });
});

describe('lines of a log', () => {
  it('are found by their words and keep their numbers', () => {
    const lines = ['INFO: task a:1 blocked', 'other', 'task b:2 BLOCKED'];
    assert.deepEqual(searchLines(lines, parseQuery('blocked task')), {
      shown: '1  INFO: task a:1 blocked\n3  task b:2 BLOCKED',
      matching: 2,
    });
    assert.deepEqual(searchLines(lines, []), { shown: lines.join('\n'), matching: 3 });
  });
});

function textsOf({ timeline }: PageModel, row: number): string[] {
  const { lanes, waits, resources } = timeline;
  const { kind, id, label = '' } = resources[waits.resource[row]!]!;
  return [
    lanes[waits.lane[row]!]!.name,
    lanes[waits.blocker[row]!]?.name ?? '',
    kind,
    id,
    label,
    ...framesOf(timeline, waits.stack[row]!),
    waits.end[row] === 0 ? 'still open' : 'ended',
  ];
}
