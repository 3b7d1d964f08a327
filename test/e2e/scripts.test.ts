import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { listBundledScripts } from '../../src/bpf/bundled.ts';
import { packageRoot } from '../../src/package-root.ts';
import { startGuest, type TestGuest } from './lab-fixture.ts';

/** Compiling one with LLVM takes an emulated CPU ten seconds and a busy one many more. */
const LOAD_TIMEOUT_MS = 180_000;

describe('each bundled script, as a person runs it by hand', () => {
  let guest: TestGuest;
  before(async () => {
    guest = await startGuest('scripts');
    // Functions of a module can be named by hand only where it is loaded; a capture leaves them out.
    await guest.run('modprobe -a btrfs fuse');
  });
  after(() => guest.stop());

  for (const name of listBundledScripts()) {
    it(`${name}.bt loads and attaches`, async () => {
      const text = readFileSync(join(packageRoot(), 'bpf-scripts', `${name}.bt`)).toString('base64');
      await guest.run(`echo ${text} | base64 -d >/tmp/${name}.bt`);
      const said = await guest.run(`bpftrace --dry-run /tmp/${name}.bt 10 2>&1; echo "status $?"`, {
        timeoutMs: LOAD_TIMEOUT_MS,
      });
      assert.match(said, /^status 0$/m, said);
      assert.doesNotMatch(said, /ERROR/);
    });
  }
});
