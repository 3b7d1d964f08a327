import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { explainBuildFailure } from '../../../src/lab/build-log.ts';
import {
  cleanConsole,
  readConsoleEnd,
  readConsoleState,
  readConsoleTail,
} from '../../../src/lab/console-log.ts';

/** As a serial port logs them: what guests of the lab really printed. */
const BOOTED = `[    5.711619] virtio_blk virtio3: 2/0/0 default/read/poll queues\r
[    6.254866] EXT4-fs (vda): mounted filesystem without journal. Quota mode: none.\r
HOLDWAIT-READY 9.02\r
# [    9.294426] IPv6: ADDRCONF(NETDEV_CHANGE): eth0: link becomes ready\r
`;
const PANICKED = `HOLDWAIT-FAILED run /nonexistent: No such file or directory\r
[    6.112720] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\r
[    6.113346] CPU: 1 PID: 1 Comm: init Not tainted 6.1.0-56-amd64 #1  Debian 6.1.192-2\r
[    6.113346] Call Trace:\r
[    6.113346]  <TASK>\r
[    6.113346]  dump_stack_lvl+0x44/0x5c\r
`;

test('a booted guest', () => {
  assert.deepEqual(readConsoleState(BOOTED), { readyUptimeSeconds: 9.02 });
});

test('half a ready line is not one', () => {
  assert.deepEqual(readConsoleState(BOOTED.slice(0, BOOTED.indexOf('.02'))), {});
});

test('a panic says more than what led to it', () => {
  assert.deepEqual(readConsoleState(PANICKED), {
    failure: 'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100',
  });
});

test("the guest's own start-up failure", () => {
  assert.deepEqual(readConsoleState('HOLDWAIT-FAILED sshd did not start\r\n'), {
    failure: 'sshd did not start',
  });
});

test('terminal controls and carriage returns do not reach the reader', () => {
  assert.equal(cleanConsole('\x1bc\x1b[?7l\x1b[2J\x1b]0;root@lab\x07\x1b[01;32mok\x1b[0m\r\n'), 'ok\n');
});

test('the last lines of a long log', (t) => {
  const path = join(makeFolder(t), 'console.log');
  writeFileSync(path, `${'x'.repeat(200_000)}\r\n${PANICKED}`);
  assert.deepEqual(readConsoleTail(path, 2), [
    '[    6.113346]  <TASK>',
    '[    6.113346]  dump_stack_lvl+0x44/0x5c',
  ]);
  assert.deepEqual(readConsoleTail(join(path, 'none'), 2), []);
});

test('what led to a panic is not pushed out by its registers', (t) => {
  const path = join(makeFolder(t), 'console.log');
  const registers = Array.from({ length: 40 }, (_, i) => `[    4.87${i}] R${i}: 0000000000000000`).join(
    '\r\n',
  );
  writeFileSync(path, `${BOOTED}${PANICKED}${registers}\r\n`);
  const end = readConsoleEnd(path, 10);
  assert.equal(end.length, 10);
  assert.ok(end.some((line) => line.startsWith('HOLDWAIT-FAILED run /nonexistent')));
  assert.ok(end.some((line) => line.includes('Kernel panic - not syncing')));
  assert.match(end.at(-1)!, /^\(\d+ more lines\)$/);
});

test('known causes of a failed build are named with what to do', (t) => {
  const path = join(makeFolder(t), 'build.log');
  const says: Readonly<Record<string, string>> = {
    ARCHIVE_EXPIRED:
      'E: Release file for http://deb.debian.org/debian-security/dists/trixie-security/InRelease is expired (invalid since 3d 1h).',
    ARCHIVE_UNREACHABLE:
      "W: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Could not resolve 'deb.debian.org'",
    ARCHIVE_KEY_MISSING:
      'W: GPG error: http://deb.debian.org/debian trixie InRelease: NO_PUBKEY 6ED0E7B82643E131',
    DISK_FULL: 'dpkg: error: failed to write: No space left on device',
    IMAGE_BUILD_FAILED: 'driver.c:7:1: error: expected ; before }',
  };
  for (const [code, line] of Object.entries(says)) {
    writeFileSync(path, `I: running apt-get update...\n${line}\nE: mmdebstrap failed to run\n`);
    const error = explainBuildFailure('mmdebstrap', path, '6.1');
    assert.equal(error.code, code);
    assert.ok(error.message.includes(line));
    assert.ok(error.hint !== undefined && error.hint.length > 0);
  }
  writeFileSync(path, says.ARCHIVE_EXPIRED!);
  assert.match(
    explainBuildFailure('mmdebstrap', path, '6.12').hint!,
    /lab build --kernel 6\.12 --accept-expired/,
  );
});

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-console-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
