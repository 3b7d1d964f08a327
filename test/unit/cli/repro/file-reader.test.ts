import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FileReader } from '../../../../src/cli/repro/file-reader.ts';
import { openLocal } from '../../../../src/target/local-target.ts';

describe('FileReader', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-reader-'));
  const target = openLocal();
  let reader: FileReader;
  before(async () => {
    reader = await FileReader.open(target);
  });
  after(async () => {
    reader.stop();
    await target.close();
    rmSync(folder, { recursive: true });
  });

  it('reads a file as it is by then, again and again', async () => {
    const path = join(folder, 'a b');
    for (const text of [
      '[<0>] one+0x1/0x2\n  two \\n %s "x"\n\n',
      '',
      'no line feed at the end\n',
      '=1 0\n2 x\n',
    ]) {
      writeFileSync(path, text);
      assert.equal(await reader.tryRead(path), text);
    }
    writeFileSync(path, 'cut');
    assert.equal(await reader.tryRead(path), 'cut\n');
  });

  it('says undefined of what cannot be read, and goes on', async () => {
    assert.equal(await reader.tryRead(join(folder, 'absent')), undefined);
    assert.equal(await reader.tryRead('/proc/999999999/stack'), undefined);
    assert.match((await reader.tryRead('/proc/self/stat')) ?? '', /^\d+ \(/);
  });

  it('starts no process for it', async () => {
    const pid = Number((await reader.tryRead('/proc/self/stat'))?.split(' ')[0]);
    assert.equal(Number((await reader.tryRead('/proc/self/stat'))?.split(' ')[0]), pid);
    const children = await reader.tryRead(`/proc/${pid}/task/${pid}/children`);
    assert.equal(children?.trim().split(' ').length, 1, 'the one child is the supervision');
  });

  it('gives up on a file that never ends, and then on all', async () => {
    const stuck = await FileReader.open(target);
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    assert.equal(await stuck.tryRead(fifo, 50), undefined);
    assert.equal(await stuck.tryRead('/proc/self/stat', 600_000), undefined);
    stuck.stop();
  });
});
