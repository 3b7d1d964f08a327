import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../../src/package-root.ts';
import { createValidator } from '../report/analysis-validator.ts';
import { runCli } from './run-cli.ts';

const golden = (name: string): string => join(packageRoot(), 'test/golden', name);
const DEADLOCK = golden('ext4-fault-writeback.ndjson');

const folder = mkdtempSync(join(tmpdir(), 'holdwait-cli-test-'));
after(() => rmSync(folder, { recursive: true }));

describe('holdwait analyze', () => {
  it('prints the text and ends with 1 for a finding', async () => {
    const { status, stdout, stderr } = await runCli(['analyze', DEADLOCK]);
    assert.deepEqual([status, stderr], [1, '']);
    assert.equal(stdout, readFileSync(golden('ext4-fault-writeback.txt'), 'utf8'));
  });

  it('ends with 0 where there is none', async () => {
    const { status, stdout } = await runCli(['analyze', golden('diamond.ndjson')]);
    assert.equal(status, 0);
    assert.match(stdout, /^NO DEADLOCK/);
  });

  it('prints the object of the schema with --json', async () => {
    const { status, stdout } = await runCli(['analyze', DEADLOCK, '--json']);
    assert.equal(status, 1);
    const analysis = JSON.parse(stdout);
    createValidator()(analysis);
    assert.deepEqual(analysis.cycles[0].tasks, [33, 412]);
  });

  it('names standard input, and not its copy, where it cannot be read', async () => {
    const { status, stderr } = await runCli(['analyze', '-'], 'neither nor\n');
    assert.equal(status, 2);
    assert.match(stderr, /^holdwait: standard input is in none of the formats/);
  });

  it('reads standard input for -', async () => {
    const { status, stdout } = await runCli(['analyze', '-'], readFileSync(DEADLOCK, 'utf8'));
    assert.equal(status, 1);
    assert.match(stdout, /^DEADLOCK/);
  });

  it('takes another hang threshold', async () => {
    const { status, stdout } = await runCli([
      'analyze',
      golden('straight-chain.ndjson'),
      '--hang-threshold',
      '1s',
    ]);
    assert.equal(status, 1);
    assert.match(stdout, /^HANG/);
  });

  it('cuts chains and says so', async () => {
    const { stdout } = await runCli(['analyze', golden('diamond.ndjson'), '--max-chains', '1']);
    assert.match(stdout, /1 more open wait not printed: --max-chains/);
  });

  it('lays out for the width asked, and breaks no address', async () => {
    const { stdout } = await runCli(['analyze', DEADLOCK, '--width', '85']);
    const wide = stdout.split('\n').filter((line) => [...line].length > 85);
    assert.equal(wide.length, 1);
    assert.match(wide[0]!, /^ {2}source {4}https:\S+$/);
  });

  it('compares with signatures of a folder, too', async () => {
    const own = JSON.parse((await runCli(['catalog', 'ext4-fault-writeback', '--json'])).stdout);
    writeFileSync(join(folder, 'own.json'), JSON.stringify({ ...own, id: 'house-special' }));
    const { stdout } = await runCli(['analyze', DEADLOCK, '--json', '--signatures', folder]);
    const ids = JSON.parse(stdout).cycles[0].matches.map(({ id }: { id: string }) => id);
    assert.deepEqual(ids.sort(), ['ext4-fault-writeback', 'house-special']);
  });

  it('names the file and the place of a broken signature', async () => {
    const broken = mkdtempSync(join(folder, 'broken-'));
    writeFileSync(join(broken, 'x.json'), '{"id": "x"');
    const { status, stderr } = await runCli(['analyze', DEADLOCK, '--signatures', broken]);
    assert.equal(status, 2);
    assert.match(stderr, /x\.json is not JSON/);
  });

  const unreadable = {
    'a missing file': '/nonexistent/capture.sqlite',
    'a folder': tmpdir(),
    'an empty file': write('empty', ''),
    'a foreign file': write('foreign', '\x89PNG\r\n\x1a\n'.repeat(100)),
    'text that is no event': write('prose.txt', 'to be\nor not\n'),
  };
  for (const [name, path] of Object.entries(unreadable)) {
    it(`ends with 2 for ${name}`, async () => {
      const { status, stdout, stderr } = await runCli(['analyze', path]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, /^holdwait: (?!internal)/);
    });
  }

  it('prints a large object whole into a slow pipe', async () => {
    const path = write('large.ndjson', manyWaits(4000));
    const args = [join(packageRoot(), 'src/cli/holdwait.js'), 'analyze', path, '--json', '--max-chains', '0'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stdout.pause();
    await once(child.stdout, 'readable');
    for await (const part of child.stdout) {
      text += part;
    }
    assert.ok(text.length > 1_000_000, `${text.length}`);
    assert.equal(JSON.parse(text).chains.length, 4000);
  });

  it('does not mind a reader that has seen enough', async () => {
    const path = write('large2.ndjson', manyWaits(4000));
    for (const args of [
      ['analyze', path, '--json', '--max-chains', '0', '--quiet'],
      ['export', path, '--quiet'],
    ]) {
      const child = spawn(process.execPath, [join(packageRoot(), 'src/cli/holdwait.js'), ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (part) => (stderr += part));
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const [status] = await once(child, 'close');
      assert.equal(stderr, '');
      assert.ok(status === 0 || status === 1, `${status}`);
    }
  });
});

describe('holdwait show', () => {
  it('explains every handle that analyze prints', async () => {
    const { stdout } = await runCli(['analyze', DEADLOCK]);
    const handles = [...stdout.matchAll(/\[([cwtr]-\d+)\]/g)].map(([, handle]) => handle!);
    assert.deepEqual(handles, ['c-1', 't-33', 't-412', 'w-1', 'w-2']);
    const shown = await runCli(['show', DEADLOCK, ...handles, 'r-1']);
    assert.equal(shown.status, 0);
    for (const handle of handles.filter((one) => !one.startsWith('r'))) {
      assert.ok(shown.stdout.includes(`[${handle}]`), handle);
    }
  });

  it('prints the object of its schema with --json', async () => {
    const schema = JSON.parse((await runCli(['schema', 'show'])).stdout);
    const { status, stdout } = await runCli(['show', DEADLOCK, 'r-1', 't-33', '--json']);
    assert.equal(status, 0);
    const detail = JSON.parse(stdout);
    createValidator(schema)(detail);
    assert.deepEqual(
      detail.items.map(({ handle, type }: Record<string, unknown>) => [handle, type]),
      [
        ['r-1', 'resource'],
        ['t-33', 'task'],
      ],
    );
  });

  it('counts every wait, also those that analyze does not list', async () => {
    const wait = (tid: number) => ({ type: 'wait_begin', ts: tid, tid, kind: 'mutex', res: 'a', holder: 1 });
    const records = [{ type: 'hold_begin', ts: 0, tid: 1, kind: 'mutex', res: 'a' }];
    const waits = Array.from({ length: 80 }, (_, i) => wait(i + 2));
    const lines = [...records, ...waits].map((record) => `${JSON.stringify(record)}\n`);
    const { stdout } = await runCli(['show', '-', 'r-1'], lines.join(''));
    assert.match(stdout, /^ {2}waited for by: 80 tasks$/m);
  });

  it('refuses a handle that nothing has, and says where they come from', async () => {
    const { status, stdout, stderr } = await runCli(['show', DEADLOCK, 'c-1', 'c-9']);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /nothing with the handle c-9\nhint: `holdwait analyze /);
    const named = write('of db 1.ndjson', readFileSync(DEADLOCK, 'latin1'));
    const ofName = await runCli(['show', named, 'c-9']);
    assert.match(ofName.stderr, /\nhint: `holdwait analyze '[^']*of db 1\.ndjson'` prints/);
    const ofPage = await runCli(['show', DEADLOCK, 'tw-1']);
    assert.match(ofPage.stderr, /\nhint: it is a handle of the page alone; `holdwait query /);
  });
});

describe('holdwait import and export', () => {
  it('keep the answer through every format', async () => {
    const [sqlite, arrow, ndjson] = ['a.sqlite', 'a.arrow', 'a.ndjson'].map((name) => join(folder, name));
    await succeed(['import', DEADLOCK, '-o', sqlite!]);
    await succeed(['export', sqlite!, '-o', arrow!]);
    await succeed(['export', arrow!, '--format', 'ndjson', '-o', ndjson!]);
    const expected = (await runCli(['analyze', DEADLOCK, '--json'])).stdout;
    for (const file of [sqlite!, arrow!, ndjson!]) {
      assert.deepEqual(
        JSON.parse((await runCli(['analyze', file, '--json'])).stdout),
        JSON.parse(expected),
        file,
      );
    }
    assert.equal((await succeed(['export', sqlite!])).stdout, readFileSync(ndjson!, 'utf8'));
  });

  it('say what was taken and what was not', async () => {
    const { stderr } = await succeed([
      'import',
      golden('losses.ndjson'),
      '-o',
      join(folder, 'losses.sqlite'),
    ]);
    assert.match(stderr, /losses\.sqlite: 3 events, 1,235 records lost or not understood/);
  });

  it('never replace a file unless told to, and never one that is no capture', async () => {
    const output = join(folder, 'there.sqlite');
    await succeed(['import', DEADLOCK, '-o', output]);
    assert.equal((await runCli(['import', DEADLOCK, '-o', output])).status, 2);
    await succeed(['import', DEADLOCK, '-o', output, '--force']);
    const text = write('there.ndjson', 'precious\n');
    assert.equal((await runCli(['export', output, '-o', text])).status, 2);
    assert.equal((await runCli(['import', DEADLOCK, '-o', text, '--force'])).status, 2);
    assert.equal(readFileSync(text, 'utf8'), 'precious\n');
  });

  it('write streams to standard output, which a capture is not', async () => {
    const { status, stdout, stderr } = await runCli(['import', DEADLOCK, '-o', '-']);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /cannot go to standard output\nhint: .*`holdwait export .*` writes NDJSON /);
    for (const args of [
      ['simulate', '--events', '10', '-o', '-'],
      ['capture', 'lab:none', '-o', '-'],
      ['capture', 'lab:none', '--arrow', '-'],
      ['snapshot', 'lab:none', '-o', '-'],
      ['repro', 'ext4-fault-writeback', '--dry-run', '-o', '-'],
    ]) {
      const refused = await runCli(args);
      assert.deepEqual([refused.status, refused.stdout], [2, ''], args.join(' '));
      assert.match(refused.stderr, /cannot go to standard output\nhint: Name a file with -/);
    }
    assert.ok(!existsSync('-'));
  });

  it('leave nothing behind of an input that cannot be read, and keep what was there', async () => {
    const output = join(folder, 'none.sqlite');
    assert.equal((await runCli(['import', '/nonexistent', '-o', output])).status, 2);
    assert.throws(() => readFileSync(output), /ENOENT/);
    await succeed(['import', DEADLOCK, '-o', output]);
    const before = readFileSync(output);
    assert.equal((await runCli(['import', '/nonexistent', '-o', output, '--force'])).status, 2);
    const itself = await runCli(['import', output, '-o', output, '--force']);
    assert.equal(itself.status, 2);
    assert.match(itself.stderr, /is the capture itself\nhint: /);
    assert.deepEqual(readFileSync(output), before);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('none.')),
      ['none.sqlite'],
    );
  });
});

async function succeed(args: readonly string[]) {
  const result = await runCli(args);
  assert.equal(result.status, 0, result.stderr);
  return result;
}

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, 'latin1');
  return path;
}

/** Tasks that all wait for one holder, each with a stack. */
function manyWaits(count: number): string {
  const stack = Array.from({ length: 12 }, (_, i) => `function_${i}+0x10/0x20`);
  const lines = Array.from({ length: count }, (_, i) => ({
    type: 'wait_begin',
    ts: i,
    tid: i + 2,
    kind: 'mutex',
    res: '0x1',
    stack,
    holder: 1,
    evidence: 'traced',
  }));
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
