import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { packageRoot } from '../../../src/package-root.ts';
import { openCaptureDatabase } from '../../../src/query/capture-database.ts';
import { QUERY_EXAMPLES } from '../../../src/query/examples.ts';
import { VIEWS, type ViewColumn } from '../../../src/query/views.ts';
import { openSource } from '../../../src/store/load-capture.ts';
import { openTrace, traceRecords } from '../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from '../analysis/trace-of.ts';
import { analyzeGolden, DOCUMENTED, goldenPath } from '../golden-captures.ts';
import { buildTrace, RECORDS } from '../store/sample-trace.ts';
import { type QueryRow, queryCapture } from './query-capture.ts';

/** Name, then the columns with type and meaning, of each view that the README has. */
function documentedViews(): [string, string[][]][] {
  const text = readFileSync(join(packageRoot(), 'src/query/README.md'), 'utf8');
  const sections = text.split(/^### /m).slice(1);
  return sections.map((section) => {
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    const cells = rows.map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
    return [
      section.split('\n', 1)[0]!,
      cells.map(([, name, type, meaning]) => [
        name!.replaceAll('`', ''),
        type!,
        meaning!.replaceAll('\\|', '|'),
      ]),
    ];
  });
}

const DEADLOCK = goldenPath('ext4-fault-writeback.ndjson');

/** Cells that are not of their column's type. */
function wrongCells(row: QueryRow, columns: readonly ViewColumn[]): readonly string[] {
  const wrong = columns.filter(({ name, type }) => {
    const cell = row[name];
    return cell !== null && typeof cell !== (type === 'text' ? 'string' : 'number');
  });
  return wrong.map(({ name }) => `${name}: ${row[name]}`);
}

describe('the views', () => {
  it('are documented as they are', () => {
    const views = VIEWS.map(({ name, columns }) => [
      name,
      columns.map(({ name, type, meaning }) => [name, type, meaning]),
    ]);
    assert.deepEqual(documentedViews(), views);
  });

  it('have the columns that are documented, of the types that are documented', async () => {
    const seen = new Set<string>();
    for (const source of [openTrace(buildTrace(RECORDS)), await openSource(DEADLOCK)]) {
      await queryCapture(source, async (ask) => {
        for (const { name, columns } of VIEWS) {
          const real = await ask(`SELECT name FROM pragma_table_info('${name}')`);
          assert.deepEqual(
            real.map((column) => column.name),
            columns.map((column) => column.name),
          );
          for (const row of await ask(`SELECT * FROM ${name}`)) {
            seen.add(name);
            assert.deepEqual(wrongCells(row, columns), [], name);
          }
        }
      });
    }
    assert.equal(seen.size, VIEWS.length);
  });

  it('answer the examples', async () => {
    for (const path of [DEADLOCK, goldenPath('convoy.ndjson')]) {
      await queryCapture(await openSource(path), async (ask) => {
        for (const [question, sql] of QUERY_EXAMPLES) {
          const rows = await ask(sql);
          assert.ok(rows.length > 0, `${path}: ${question}`);
        }
      });
    }
  });

  it('have every edge of the cycles that the analysis finds', async () => {
    for (const name of DOCUMENTED) {
      const { cycles } = await analyzeGolden(name);
      await queryCapture(await openSource(goldenPath(`${name}.ndjson`)), async (ask) => {
        for (const [i, { edges }] of cycles.entries()) {
          const rows = await ask(
            `SELECT waiter_tid, kind, res, blocker_tid, evidence, is_hard, begin_ns, wait_ns FROM edges
              WHERE ' ' || cycle || ' ' LIKE '% c-${i + 1} %' ORDER BY waiter_tid`,
          );
          const wanted = edges.map((edge) => ({
            waiter_tid: edge.waiter,
            kind: edge.resource.kind,
            res: edge.resource.id,
            blocker_tid: edge.blocker,
            evidence: edge.evidence,
            is_hard: Number(edge.hard),
            begin_ns: edge.sinceNs,
            wait_ns: edge.waitNs,
          }));
          assert.deepEqual(
            rows,
            wanted.toSorted((a, b) => a.waiter_tid - b.waiter_tid),
            name,
          );
        }
      });
      assert.ok(cycles.length > 0, name);
    }
  });

  it('have every event, with the name that its task had by then', async () => {
    const trace = buildTrace([
      { type: 'task', tid: 5, pid: 5, comm: 'before', ts: 0 },
      { type: 'wait_begin', ts: 10, tid: 5, kind: 'mutex', res: 'a', stack: ['f+0x1/0x2', 'g'] },
      { type: 'wait_end', ts: 20, tid: 5, kind: 'mutex', res: 'a' },
      { type: 'task', tid: 5, pid: 6, comm: 'after', ts: 30 },
      { type: 'wait_begin', ts: 40, tid: 5, kind: 'mutex', res: 'a', holder: 9, evidence: 'traced' },
    ]);
    await queryCapture(openTrace(trace), async (ask) => {
      assert.deepEqual(await ask('SELECT ts_ns, type, pid, comm, holder_tid, stack FROM events'), [
        { ts_ns: 10, type: 'wait_begin', pid: 5, comm: 'before', holder_tid: null, stack: 'f+0x1/0x2;g' },
        { ts_ns: 20, type: 'wait_end', pid: 5, comm: 'before', holder_tid: null, stack: null },
        { ts_ns: 40, type: 'wait_begin', pid: 6, comm: 'after', holder_tid: 9, stack: null },
      ]);
      assert.deepEqual(await ask('SELECT task, pid, waits FROM tasks ORDER BY task'), [
        { task: '9', pid: null, waits: 0 },
        { task: 'after:5', pid: 6, waits: 1 },
        { task: 'before:5', pid: 5, waits: 1 },
      ]);
      assert.deepEqual(await ask('SELECT folded, waits FROM stacks_folded'), [{ folded: 'g;f', waits: 1 }]);
    });
    const all = buildTrace(RECORDS);
    await queryCapture(openTrace(all), async (ask) => {
      const events = Array.from(traceRecords(all)).filter(({ type }) => type !== 'task' && type !== 'loss');
      assert.deepEqual(
        (await ask('SELECT type, ts_ns, tid, res FROM events')).map(Object.values),
        events.map(({ type, ts, tid, res }) => [type, ts, tid ?? null, res ?? null]),
      );
    });
  });

  it('add up', async () => {
    const trace = traceOf([
      holdBegin(0, 1, 'mutex', 'a'),
      waitBegin(10, 2, 'mutex', 'a', { holder: 1 }),
      waitBegin(20, 3, 'mutex', 'a', { holder: 1 }),
      holdEnd(40, 1, 'mutex', 'a'),
      waitEnd(50, 2, 'mutex', 'a'),
      waitEnd(70, 3, 'mutex', 'a'),
    ]);
    await queryCapture(openTrace(trace), async (ask) => {
      assert.deepEqual(
        await ask('SELECT waits, waiters, wait_ns, longest_wait_ns, holds, hold_ns FROM resources'),
        [{ waits: 2, waiters: 2, wait_ns: 90, longest_wait_ns: 50, holds: 1, hold_ns: 40 }],
      );
      assert.deepEqual(await ask('SELECT waiter_tid, blocker_tid, is_open FROM edges ORDER BY wait_id'), [
        { waiter_tid: 2, blocker_tid: 1, is_open: 0 },
        { waiter_tid: 3, blocker_tid: 1, is_open: 0 },
      ]);
    });
  });

  it('name the first three blockers and count the others', async () => {
    const readers = Array.from({ length: 5 }, (_, i) => [
      { ...holdBegin(i, i + 1, 'rwsem', 'a'), mode: 'read' as const },
      { ...holdBegin(i, i + 1, 'rwsem', 'b'), mode: 'read' as const },
    ]).flat();
    const trace = traceOf([
      ...readers.filter(({ tid, res }) => tid! < 5 || res === 'b'),
      { ...waitBegin(10, 8, 'rwsem', 'a'), mode: 'write' as const },
      { ...waitBegin(11, 9, 'rwsem', 'b'), mode: 'write' as const },
    ]);
    await queryCapture(openTrace(trace), async (ask) =>
      assert.deepEqual(await ask('SELECT blocker FROM waits ORDER BY begin_ns'), [
        { blocker: '1, 2, 3, 1 other' },
        { blocker: '1, 2, 3, 2 others' },
      ]),
    );
  });

  it('stay small where many wait for many', async () => {
    const many = 1500;
    const readers = Array.from({ length: many }, (_, i) => ({
      ...holdBegin(i, i + 1, 'rwsem', 'a'),
      mode: 'read' as const,
    }));
    const writers = Array.from({ length: many }, (_, i) => ({
      ...waitBegin(10_000 + i, 10_000 + i, 'rwsem', 'a'),
      mode: 'write' as const,
    }));
    const source = openTrace(traceOf([...readers, ...writers]));
    await queryCapture(source, async (ask) => {
      const [{ blockers, blocker }] = (await ask('SELECT max(blockers) AS blockers, blocker FROM waits')) as [
        { blockers: number; blocker: string },
      ];
      assert.ok(blockers >= many);
      assert.match(blocker, /^\d+, \d+, \d+, [\d]+ others$/);
      const [edges] = await ask('SELECT count(*) AS n FROM edges');
      assert.ok((edges!.n as number) >= many * many);
    });
    const reader = await openCaptureDatabase(
      source,
      {},
      () => {},
      (path) => new Database(path),
    );
    const stored = reader.prepare<[], number>('SELECT count(*) FROM internal_blocker').pluck().get()!;
    reader.close();
    assert.ok(stored <= 4 * many, `${stored} stored`);
  });
});
