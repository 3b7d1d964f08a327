import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { packageRoot } from '../../../src/package-root.ts';
import { VIEWS } from '../../../src/query/views.ts';
import { goldenPath } from '../golden-captures.ts';
import { temporaryFolder } from '../store/sample-trace.ts';
import { runCli } from './run-cli.ts';

const DEADLOCK = goldenPath('ext4-fault-writeback.ndjson');
const HOSTILE = goldenPath('hostile-names.ndjson');
const OPEN = 'SELECT waiter, kind, blocker FROM edges WHERE is_open ORDER BY begin_ns LIMIT 2';

async function answer(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await runCli(['query', ...args]);
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Pids. */
function listChildren(pid: number): string[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
  return lists.flatMap((list) => list.split(' ').filter((child) => child !== ''));
}

describe('holdwait query', () => {
  it('prints a table that fits', async () => {
    assert.deepEqual((await answer(DEADLOCK, OPEN)).split('\n'), [
      'waiter           kind             blocker',
      'kworker/u4:1:33  folio_lock       p1-task1:412',
      'p1-task1:412     folio_writeback  kworker/u4:1:33',
      '',
    ]);
    const stacks = await answer(DEADLOCK, 'SELECT task, stack FROM waits', '--width', '60');
    assert.ok(stacks.split('\n').every((line) => line.length <= 60));
    assert.match(stacks, /^p1-task1:412 .*…$/m);
  });

  it('prints a paragraph for each row where there are too many columns', async () => {
    const text = await answer(DEADLOCK, 'SELECT * FROM waits ORDER BY begin_ns', '--width', '80');
    assert.match(text, /^row 1\nwait_id +1\ntask +kworker\/u4:1:33\n/);
    assert.match(text, /\n\nrow 2\nwait_id /);
    assert.ok(text.split('\n').every((line) => line.length <= 80));
  });

  it('prints JSON and CSV for programs', async () => {
    const rows = [
      { waiter: 'kworker/u4:1:33', kind: 'folio_lock', blocker: 'p1-task1:412' },
      { waiter: 'p1-task1:412', kind: 'folio_writeback', blocker: 'kworker/u4:1:33' },
    ];
    assert.deepEqual(JSON.parse(await answer(DEADLOCK, OPEN, '--json')), rows);
    assert.deepEqual(JSON.parse(await answer(DEADLOCK, 'SELECT 1 WHERE 0', '--json')), []);
    assert.deepEqual((await answer(DEADLOCK, OPEN, '--csv')).split('\r\n'), [
      'waiter,kind,blocker',
      ...rows.map((row) => Object.values(row).join()),
      '',
    ]);
  });

  it('takes the SQL from standard input, and the capture', async () => {
    const { stdout } = await runCli(['query', DEADLOCK, '-', '--json'], `${OPEN};\n`);
    assert.equal(JSON.parse(stdout).length, 2);
    const both = await runCli(['query', '-', '-'], OPEN);
    assert.equal(both.status, 2);
    assert.match(both.stderr, /cannot be both .*\nhint: /);
  });

  it('says when rows are left out', async () => {
    const { stdout, stderr } = await runCli(['query', DEADLOCK, OPEN, '--max-rows', '1', '--csv']);
    assert.equal(stdout.split('\r\n').length, 3);
    assert.match(stderr, /^the first 1 row; --max-rows 0 prints all$/m);
    const numbers =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) SELECT i FROM n';
    const table = await runCli(['query', DEADLOCK, numbers]);
    assert.equal(table.stdout.split('\n').length, 1002);
    assert.match(table.stderr, /^the first 1,000 rows;/m);
    assert.equal(JSON.parse(await answer(DEADLOCK, numbers, '--json')).length, 3000);
    assert.equal((await answer(DEADLOCK, numbers, '--max-rows', '0')).split('\n').length, 3002);
  });

  it('describes the views', async () => {
    const text = await answer(DEADLOCK);
    for (const { name, columns } of VIEWS) {
      assert.match(text, new RegExp(`^${name}  `, 'm'));
      for (const column of columns) {
        assert.match(text, new RegExp(`^  ${column.name} +\\S`, 'm'));
      }
    }
    // The line that names the file is as long as that.
    const lines = text.split('\n').filter((line) => !line.includes(DEADLOCK));
    assert.deepEqual(
      lines.filter((line) => line.length > 100),
      [],
    );
  });

  it('says what is wrong with the SQL, and what to do', async () => {
    const { status, stdout, stderr } = await runCli(['query', DEADLOCK, 'SELECT * FROM wait_times']);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^holdwait: SQL: no such table: wait_times\nhint: .*waits, holds, edges/m);
  });

  it('says at once that there is no such capture', async () => {
    const { status, stderr } = await runCli(['query', '/nonexistent']);
    assert.equal(status, 2);
    assert.match(stderr, /nonexistent does not exist\nhint: /);
  });

  it('prints nothing that a terminal acts on', async () => {
    for (const flag of [[], ['--csv'], ['--width', '40']]) {
      const text = await answer(HOSTILE, 'SELECT * FROM waits', ...flag);
      assert.doesNotMatch(text, /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    }
  });

  it('takes the tables behind the views for none', async () => {
    for (const table of ['wait', 'internal_wait']) {
      const { status, stderr } = await runCli(['query', DEADLOCK, `SELECT * FROM ${table}`]);
      assert.equal(status, 2);
      assert.match(
        stderr,
        new RegExp(`^holdwait: SQL: no such table: ${table}\\nhint: .*waits, holds, edges`, 'm'),
      );
    }
  });

  it('leaves nothing behind, also where it is killed', async (t) => {
    const folder = temporaryFolder(t);
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';
    for (const [signal, end] of [
      ['SIGINT', [130, null]],
      ['SIGKILL', [null, 'SIGKILL']],
    ] as const) {
      const child = spawn(
        process.execPath,
        [join(packageRoot(), 'src/cli/holdwait.js'), 'query', DEADLOCK, endless],
        { env: { ...process.env, TMPDIR: folder, HOLDWAIT_CONFIG: '' }, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      const closed = once(child, 'close');
      let processes: string[] = [];
      for await (const text of child.stderr.setEncoding('utf8')) {
        if (text.includes('running the query')) {
          processes = listChildren(child.pid!);
          child.kill(signal);
        }
      }
      assert.deepEqual(await closed, end);
      assert.deepEqual(readdirSync(folder), [], signal);
      assert.equal(processes.length, 1);
      // Of a process that has ended and nobody has asked for yet there is no program any more.
      while (existsSync(`/proc/${processes[0]}/exe`)) {
        await setTimeout(20);
      }
    }
  });
});
