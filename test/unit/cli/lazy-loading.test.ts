import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { packageRoot } from '../../../src/package-root.ts';
import { runNode } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdwait-lazy-'));
const golden = join(packageRoot(), 'test/golden/straight-chain.ndjson');
after(() => rmSync(folder, { recursive: true, force: true }));

/** Into a file: a pipe that is not read in time is full, and a write to it fails. */
const RECORDER = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  import { appendFileSync } from 'node:fs';
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      appendFileSync(process.env.LOADED, resolved.url + '\\n');
      return resolved;
    },
  });`)}`;

/** Files that a command loads: of `commands/`, and of packages. */
async function listLoaded(args: readonly string[], config = '') {
  const path = join(folder, 'config.toml');
  writeFileSync(path, config);
  const bin = join(packageRoot(), 'src/cli/holdwait.js');
  const loaded = join(folder, 'loaded');
  writeFileSync(loaded, '');
  await runNode(['--import', RECORDER, bin, ...args], '', {
    HOLDWAIT_CONFIG: config === '' ? '' : path,
    LOADED: loaded,
  });
  const urls = readFileSync(loaded, 'utf8').split('\n');
  const find = (pattern: RegExp) => [...new Set(urls.flatMap((url) => pattern.exec(url)?.[1] ?? []))];
  return {
    commands: find(/src\/cli\/commands\/(\w+)\.ts/),
    packages: find(/node_modules\/((?:@[^/]+\/)?[^/]+)/),
  };
}

describe('a command loads', () => {
  it('its own file, and no package that it does not need', async () => {
    assert.deepEqual(await listLoaded(['schema']), { commands: ['schema'], packages: ['commander'] });
    assert.deepEqual(await listLoaded(['analyze', golden]), {
      commands: ['analyze'],
      packages: ['commander'],
    });
  });

  it('the parser of the configuration if there is one, and no other command', async () => {
    const config = 'width = 80\n[capture]\nthreshold = "0"\n';
    assert.deepEqual(await listLoaded(['analyze', golden], config), {
      commands: ['analyze'],
      packages: ['commander', 'smol-toml'],
    });
  });

  it('the others where only they can tell whether a key is one', async () => {
    const { commands } = await listLoaded(['analyze', golden], 'kernel = "6.12"\n');
    assert.ok(commands.includes('repro') && commands.includes('lab'));
  });

  it('all where the name is unknown', async () => {
    const { commands } = await listLoaded(['analyse']);
    assert.ok(commands.includes('analyze') && commands.includes('watch'));
  });
});
