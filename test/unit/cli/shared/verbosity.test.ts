import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createProgram } from '../../../../src/cli/main.ts';
import { listLeaves } from '../../../../src/cli/shared/command-tree.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { runCli } from '../run-cli.ts';

const golden = join(packageRoot(), 'test/golden/ext4-fault-writeback.ndjson');

describe('--quiet and --verbose', () => {
  it('are options of every command that does something', async () => {
    for (const { path, command } of listLeaves(await createProgram())) {
      const flags = command.options.map((option) => option.flags);
      assert.deepEqual(
        flags.filter((text) => /quiet|verbose/.test(text)),
        ['-q, --quiet', '-v, --verbose'],
        path.join(' '),
      );
    }
  });

  it('change what is said beside the result, and never the result', async () => {
    const args = ['analyze', golden];
    const [normal, quiet, verbose] = await Promise.all([
      runCli(args),
      runCli([...args, '-q']),
      runCli([...args, '-v']),
    ]);
    assert.match(normal.stdout, /^DEADLOCK/);
    assert.deepEqual([quiet.stdout, verbose.stdout], [normal.stdout, normal.stdout]);
    // On a busy machine reading takes long enough to be mentioned.
    assert.doesNotMatch(normal.stderr, /NDJSON/);
    assert.equal(quiet.stderr, '');
    assert.match(verbose.stderr, /ext4-fault-writeback\.ndjson is NDJSON events\n/);
    assert.match(verbose.stderr, /^reading .* {2}[\d.]+ .?s {2}\d+ events/m);
  });

  it('may stand before the command, as of other programs', async () => {
    const { status, stderr } = await runCli(['--verbose', 'analyze', golden]);
    assert.equal(status, 1);
    assert.match(stderr, /ext4-fault-writeback\.ndjson is NDJSON events\n/);
    assert.match((await runCli(['-q', 'help', 'lab', 'up'])).stdout, /^Usage: holdwait lab up /);
    assert.match((await runCli(['-v', 'lab', 'up', '--kernal'])).stderr, /unknown option '--kernal'/);
  });

  it('silence remarks, and no error', async () => {
    const out = ['simulate', '--events', '100', '-o', '/dev/full/x.ndjson'];
    const { status, stderr } = await runCli([...out, '--quiet']);
    assert.deepEqual([status, stderr.startsWith('holdwait: ')], [2, true]);
  });

  it('are not given both', async () => {
    const { status, stderr } = await runCli(['analyze', golden, '-q', '-v']);
    assert.equal(status, 2);
    assert.match(stderr, /--quiet.* cannot be used with .*--verbose/);
  });
});
