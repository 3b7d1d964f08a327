import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';

const root = packageRoot();
const golden = join(root, 'test/golden/ext4-fault-writeback.ndjson');
const folder = mkdtempSync(join(tmpdir(), 'holdwait-package-'));

/** What somebody gets who installs the published package in an empty folder. */
describe('the package', { timeout: 600_000 }, () => {
  before(() => {
    run('npm', ['pack', '--pack-destination', folder], root);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'user', private: true, type: 'module' }),
    );
    run('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', tarball], folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds no test, no source in TypeScript but declarations, and the data folders', () => {
    const files = readdirSync(join(folder, 'node_modules/holdwait'), { recursive: true, encoding: 'utf8' });
    const data = /^(vm|analysis\/signatures)\//;
    const sources = files.filter((file) => /(?<!\.d)\.ts$/.test(file) && !data.test(file));
    assert.deepEqual(sources, []);
    assert.deepEqual(
      files.filter((file) => /^test\b/.test(file)),
      [],
    );
    for (const file of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'dist/src/cli/main.js',
      'bpf-scripts',
      'vm',
    ]) {
      assert.ok(files.includes(file), file);
    }
  });

  it('prints its version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(runBin(['--version']).stdout, `${version}\n`);
  });

  it('analyses a capture as the checkout does', () => {
    const { status, stdout } = runBin(['analyze', golden], [1]);
    assert.equal(status, 1);
    assert.equal(stdout, readFileSync(golden.replace('.ndjson', '.txt'), 'utf8'));
    assert.equal(JSON.parse(runBin(['analyze', golden, '--json'], [1]).stdout).verdict, 'deadlock');
  });

  it('writes the page that the checkout writes, without a bundler', () => {
    const page = runBin(['analyze', golden, '--html', '-'], [1]).stdout;
    const program = join(root, 'src/cli/holdwait.js');
    const own = run(process.execPath, [program, 'analyze', golden, '--html', '-'], folder, [1]).stdout;
    // The data says when it was made.
    const withoutData = (html: string) => html.replace(/(id="page-data">)[^<]*/, '$1');
    assert.ok(page.length > 100_000);
    assert.equal(withoutData(page), withoutData(own));
  });

  it('writes and reads SQLite and Arrow with its own dependencies', () => {
    runBin(['import', golden, '-o', 'a.sqlite']);
    runBin(['export', 'a.sqlite', '-o', 'a.arrow']);
    assert.match(runBin(['analyze', 'a.arrow'], [1]).stdout, /^DEADLOCK/);
  });

  it('has the guide, the manual and what answers queries', () => {
    assert.match(runBin(['guide', 'limits']).stdout, /^Limits\n/);
    assert.match(runBin(['man', 'analyze']).stdout, /^\.TH "HOLDWAIT/);
    const sql = "SELECT count(*) AS n FROM waits WHERE outcome = 'open'";
    assert.deepEqual(JSON.parse(runBin(['query', golden, sql, '--json']).stdout), [{ n: 4 }]);
    runBin(['export', golden, '-o', 'a.parquet']);
    assert.equal(readFileSync(join(folder, 'a.parquet')).toString('latin1', 0, 4), 'PAR1');
  });

  it('is a library', () => {
    writeFileSync(join(folder, 'use.js'), LIBRARY_USE);
    assert.equal(run('node', ['use.js'], folder).stdout, 'deadlock 33,412 ext4-fault-writeback\n');
  });

  it('has types that a strict compiler takes', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      LIBRARY_USE.replace('let cycle', "let cycle: import('holdwait/analysis').Cycle"),
    );
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,dom',
      '--types',
      '',
    ];
    run(join(root, 'node_modules/.bin/tsc'), [...options, 'use.ts'], folder);
    writeFileSync(
      join(folder, 'misuse.ts'),
      "import { analyzeTrace } from 'holdwait/analysis';\nanalyzeTrace(1);\n",
    );
    const { stdout } = run(join(root, 'node_modules/.bin/tsc'), [...options, 'misuse.ts'], folder, [1, 2]);
    assert.match(stdout, /misuse\.ts\(2,14\): error TS2345/);
  });
});

const LIBRARY_USE = `
import { analyzeTrace } from 'holdwait/analysis';
import { addRecord, TraceBuilder } from 'holdwait/trace';

const builder = new TraceBuilder();
const lock = { kind: 'folio_lock', res: '0xa' };
const writeback = { kind: 'folio_writeback', res: '0xb' };
const faultStack = ['folio_wait_writeback', 'shrink_folio_list', 'try_to_free_mem_cgroup_pages', 'pte_alloc_one', '__pte_alloc', 'do_fault'];
const writerStack = ['__folio_lock', 'mpage_prepare_extent_to_map', 'ext4_writepages', 'do_writepages'];
for (const record of [
  { type: 'hold_begin', ts: 1, tid: 412, ...lock },
  { type: 'hold_begin', ts: 2, tid: 33, ...writeback },
  { type: 'wait_begin', ts: 3, tid: 33, ...lock, stack: writerStack },
  { type: 'wait_begin', ts: 4, tid: 412, ...writeback, stack: faultStack },
]) {
  addRecord(builder, record);
}
const analysis = analyzeTrace(builder.finish());
let cycle = analysis.cycles[0];
console.log(analysis.verdict, cycle.tasks.join(), cycle.matches[0].id);
`;

function runBin(args: readonly string[], statuses: readonly number[] = [0]) {
  return run(join(folder, 'node_modules/.bin/holdwait'), args, folder, statuses);
}

function run(command: string, args: readonly string[], cwd: string, statuses: readonly number[] = [0]) {
  // The Node that runs this test has to be the one that npm and the bin find, too; a test runner's settings must not leak.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const PATH = `${dirname(process.execPath)}${delimiter}${env.PATH}`;
  const result = spawnSync(command, args, {
    cwd,
    env: { ...env, PATH, HOLDWAIT_CONFIG: '' },
    encoding: 'utf8',
    timeout: 300_000,
  });
  const said = `${command} ${args.join(' ')} ended with ${result.status ?? result.error}\n${result.stdout}\n${result.stderr}`;
  assert.ok(statuses.includes(result.status ?? -1), said);
  return result;
}
