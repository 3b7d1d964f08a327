import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ProcReader } from '../../../src/snapshot/proc-reader.ts';
import { openLocal } from '../../../src/target/local-target.ts';
import type { Target } from '../../../src/target/target.ts';

/** This machine, its commands run by the named shell; privileged ones as whoever runs the tests. */
function localBy(shell: string): Target {
  const target = openLocal();
  return {
    ...target,
    start: (command, options) =>
      target.start(`exec ${shell} -c '${command.replaceAll("'", String.raw`'\''`)}'`, {
        ...options,
        privileged: false,
      }),
  };
}

for (const shell of ['dash', 'bash']) {
  describe(`a machine's files, read by ${shell}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-proc-'));
    const target = localBy(shell);
    let reader: ProcReader;
    before(async () => {
      reader = await ProcReader.open(target, { shells: 2 });
    });
    after(async () => {
      reader.stop();
      await target.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('are whole, whatever is in them', async () => {
      writeFileSync(join(folder, 'odd'), '  a\\b "$(x)"\n\n%s\n');
      const texts = await reader.read([
        { folder, files: ['odd', 'missing'] },
        { folder: '/proc/self', files: ['limits'] },
      ]);
      assert.equal(texts.get(`${folder}/odd`), '  a\\b "$(x)"\n\n%s\n');
      assert.equal(texts.has(`${folder}/missing`), false);
      assert.match(texts.get('/proc/self/limits')!, /^Limit .*\n(.*\n)+Max realtime timeout/);
    });

    it('are read by the hundred without losing one', async () => {
      const sets = Array.from({ length: 300 }, () => ({
        folder: '/proc/self',
        files: ['stat', 'schedstat'],
      }));
      let done = 0;
      const texts = await reader.read(sets, { onProgress: (count) => (done = count) });
      assert.equal(done, 300);
      assert.match(texts.get('/proc/self/stat')!, /^\d+ \(.*\) R /);
    });

    it('are listed by patterns', async () => {
      assert.deepEqual(await reader.list(['/proc/1/stat', '/proc/1/no-such-*']), ['/proc/1/stat']);
    });

    it('are all looked at for blocked tasks, and a busy one is found', async () => {
      const busy = spawn('sh', ['-c', 'while :; do :; done']);
      try {
        const scan = await reader.tryScan();
        const threads = Number(execFileSync('sh', ['-c', 'ls -d /proc/[0-9]*/task/* | wc -l']));
        assert.ok(Math.abs(scan!.total - threads) < threads / 2, `${scan!.total} of ${threads}`);
        assert.ok(
          scan!.tasks.some(({ tid, pid, state }) => tid === busy.pid && pid === busy.pid && state === 'R'),
        );
      } finally {
        busy.kill('SIGKILL');
      }
    });

    it('a file that does not come back costs one shell, and the files behind it are read', async () => {
      // Each is waited for to the end, and for longer than a busy machine takes for one that does come back.
      const timeoutMs = 2_000;
      execFileSync('mkfifo', [join(folder, 'stuck')]);
      const sets = [
        { folder, files: ['stuck', 'odd'] },
        { folder: '/proc/sys/kernel', files: ['osrelease'] },
      ];
      const texts = await reader.read(sets, { timeoutMs });
      assert.deepEqual(reader.stuckFiles, [join(folder, 'stuck')]);
      assert.equal(texts.has(join(folder, 'odd')), true);
      assert.equal(
        texts.get('/proc/sys/kernel/osrelease'),
        readFileSync('/proc/sys/kernel/osrelease', 'utf8'),
      );
      assert.equal(reader.isSpent, false);
      await reader.read([{ folder, files: ['stuck'] }], { timeoutMs });
      assert.equal(reader.isSpent, false, 'it is not tried again');
      execFileSync('mkfifo', [join(folder, 'stuck-too')]);
      await reader.read([{ folder, files: ['stuck-too'] }], { timeoutMs });
      assert.equal(reader.isSpent, true);
      assert.deepEqual([...(await reader.read(sets)).keys()], []);
      assert.equal(await reader.tryScan(), undefined);
    });
  });
}
