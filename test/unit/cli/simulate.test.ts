import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { packageRoot } from '../../../src/package-root.ts';
import { runCli, runNode } from './run-cli.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdwait-simulate-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);

function readJson(name: string) {
  return JSON.parse(readFileSync(inFolder(name), 'utf8'));
}

async function simulate(...args: string[]) {
  const result = await runCli(['simulate', ...args]);
  assert.equal(result.status, 0, result.stderr);
  return result;
}

describe('holdwait simulate', () => {
  it('writes the same events in every format, and the truth that an analysis finds', async () => {
    const analyses = [];
    for (const name of ['a.ndjson', 'a.arrow', 'a.db']) {
      const args = ['--events', '3000', '--seed', '9', '--deadlocks', '4', '--late', '0.1ms'];
      await simulate(...args, '-o', inFolder(name), '--truth', inFolder(`${name}.json`));
      const { status, stdout } = await runCli(['analyze', inFolder(name), '--json', '--max-chains', '0']);
      assert.equal(status, 1);
      const analysis = JSON.parse(stdout);
      const truth = readJson(`${name}.json`);
      const cycles = analysis.cycles.map(({ tasks }: { tasks: number[] }) => tasks);
      assert.deepEqual(
        cycles.sort((a: number[], b: number[]) => a[0]! - b[0]!),
        truth.cycles,
      );
      assert.deepEqual([analysis.capture.events, analysis.capture.endNs], [truth.events, truth.endNs]);
      assert.equal(analysis.loss.total, truth.losses);
      assert.ok(Array.isArray(truth.soft) && truth.openWaits > 0 && truth.totals.mutex.count > 0);
      analyses.push(analysis);
    }
    assert.deepEqual(analyses[1], analyses[0]);
    assert.deepEqual(analyses[2], analyses[0]);
  });

  it('takes numbers as people write them', async () => {
    for (const events of ['2000', '2_000', '2e3', '2k', '0.002M']) {
      const { stdout } = await simulate('--events', events, '-o', inFolder('n.arrow'), '--force', '--json');
      assert.equal(JSON.parse(stdout).events, 2000, events);
    }
  });

  it('says what it wrote on standard error, as an object if asked, and nothing if told to be quiet', async () => {
    const args = ['--events', '1k', '--seed', '4', '-o', inFolder('said.db'), '--force'];
    const said = await simulate(...args);
    assert.match(
      said.stderr,
      /said\.db: 1,0\d\d events in .*, \d cycles?, \d+ open waits, \d+ records? lost\n$/,
    );
    assert.equal(said.stdout, '');
    const quiet = await simulate(...args, '--quiet', '--json');
    assert.equal(quiet.stderr, '');
    const { output, seed, events, cycles, openWaits } = JSON.parse(quiet.stdout);
    assert.deepEqual([output, seed], [inFolder('said.db'), 4]);
    assert.ok(events >= 1000 && cycles >= 2 && openWaits > 4);
  });

  it('replaces what it wrote before only if it is told to, and nothing else', async () => {
    const files = ['once.ndjson', 'once.arrow', 'once.db'].map(inFolder);
    for (const output of files) {
      const args = ['simulate', '--events', '1k', '-o', output, '--truth', `${output}.json`];
      assert.equal((await runCli(args)).status, 0);
      const before = readFileSync(output);
      const refused = await runCli(args);
      assert.deepEqual([refused.status, refused.stdout], [2, '']);
      assert.match(refused.stderr, /exists already\nhint: .*--force/);
      assert.deepEqual(readFileSync(output), before);
      assert.equal((await runCli([...args, '--force'])).status, 0);
    }
    const precious = inFolder('notes.ndjson');
    writeFileSync(precious, '{"my":"notes"}\n');
    for (const [output, truth] of [
      [precious, inFolder('t.json')],
      [inFolder('o.ndjson'), precious],
    ] as const) {
      const args = ['simulate', '--events', '1k', '-o', output, '--truth', truth, '--force'];
      const { status, stderr } = await runCli(args);
      assert.equal(status, 2);
      assert.match(stderr, /is not a (capture|truth)/);
      assert.equal(readFileSync(precious, 'utf8'), '{"my":"notes"}\n');
    }
    assert.ok(!existsSync(inFolder('o.ndjson')), 'nothing is written if the truth cannot be');
  });

  const mistakes: readonly (readonly [args: readonly string[], said: RegExp])[] = [
    [[], /required option '-o, --output <file>'/],
    [['-o', '/proc/no-such-folder/x.db'], /no-such-folder does not exist/],
    [['-o', '/'], /is a directory/],
    [['--events', 'many'], /whole number/],
    [['--events', '1.5'], /whole number/],
    [['--events', '-5'], /whole number/],
    [['--events', '0'], /--events is 0; it can be 1 to/],
    [['--events', '2e99'], /whole number/],
    [['--tasks', '0'], /--tasks is 0/],
    [['--deadlocks', '0', '--ring', '3'], /none is to be planted/],
    [['--late', 'soon'], /number and a unit/],
    [['--late', '2h'], /--late/],
    [['--seed', '1.5'], /whole number/],
    [['--truth', 'same.db', '-o', './same.db'], /cannot be both/],
  ];
  for (const [args, said] of mistakes) {
    it(`ends with 2 for ${args.join(' ') || 'nothing'}`, async () => {
      const output = args.length === 0 || args.includes('-o') ? [] : ['-o', inFolder('never.db')];
      const { status, stdout, stderr } = await runCli(['simulate', ...args, ...output]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, said);
      assert.ok(!existsSync(inFolder('never.db')));
    });
  }

  it('has examples in its help that run', async () => {
    const { stdout } = await simulate('--help');
    const examples = Array.from(stdout.matchAll(/^ +\$ holdwait (simulate .*)$/gm), ([, line]) =>
      line!.split(' '),
    );
    assert.ok(examples.length >= 4);
    for (const [i, words] of examples.entries()) {
      const args = words.map((word, at) => {
        const isFile = words[at - 1] === '-o' || words[at - 1] === '--truth';
        const isLong = words[at - 1] === '--events' && word.endsWith('M');
        return isFile ? inFolder(`example-${i}-${word}`) : isLong ? '5k' : word;
      });
      assert.equal((await runCli(args)).status, 0, words.join(' '));
    }
  });

  it('needs hardly more memory for four times the events', async () => {
    const cli = join(packageRoot(), 'src/cli/holdwait.js');
    const peak = async (events: string) => {
      const args = ['simulate', '--events', events, '-o', inFolder('flat.arrow'), '--force', '--quiet'];
      const child = ['--max-old-space-size=64', '--import', PRINT_PEAK, cli, ...args];
      const { status, stdout, stderr } = await runNode(child);
      assert.equal(status, 0, stderr);
      return Number(stdout);
    };
    // With fewer, the buffers have not grown to the size of a batch.
    const small = await peak('1M');
    const large: number[] = [];
    // A busy machine collects garbage late, now and then; memory that is kept would be kept each time.
    while (large.length < 3 && !large.some((one) => one < 1.5 * small)) {
      large.push(await peak('4M'));
    }
    assert.ok(Math.min(...large) < 1.5 * small, `${small} KiB, then ${large} KiB`);
  });
});

const PRINT_PEAK = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stdout.write(String(process.resourceUsage().maxRSS)))",
)}`;
