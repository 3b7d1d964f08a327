import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { analyzeTrace } from '../../../../analysis/index.ts';
import { defaultWatchFolder, withWatchFolder } from '../../../../src/cli/watch/watch-folder.ts';
import { renderWatchEvent } from '../../../../src/cli/watch/watch-printer.ts';
import { NO_COLOURS } from '../../../../src/report/palette.ts';
import type { WatchEvent, WatchNews } from '../../../../src/watch/watch-event.ts';
import { holdBegin, traceOf, waitBegin } from '../../analysis/trace-of.ts';
import { runCli } from '../run-cli.ts';

const HOSTILE = 'a\x1b[2Jb';

describe('the watch command', () => {
  it('refuses an address that it cannot post to, and one that shows a password', async () => {
    for (const address of ['chat', 'ftp://chat/hook', 'https://me:secret@chat/hook']) {
      const { status, stderr } = await runCli(['watch', 'local', '--webhook', address]);
      assert.equal(status, 2);
      assert.match(stderr, /An address of the form http/);
    }
  });

  it('refuses a folder that another watch writes to, and says which', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-watch-'));
    try {
      await withWatchFolder(folder, async () => {
        const { status, stderr } = await runCli(['watch', 'local', '-o', folder]);
        assert.equal(status, 2);
        assert.match(stderr, new RegExp(`process ${process.pid} watches into ${folder}\nhint: .* -o`));
      });
      // What a crash leaves is no watch.
      writeFileSync(join(folder, '.lock'), 'not a process');
      assert.equal(await withWatchFolder(folder, async () => 'done'), 'done');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('keeps its files in the XDG state folder, by target', () => {
    assert.equal(
      defaultWatchFolder('root@db1:22', { XDG_STATE_HOME: '/state' }),
      '/state/holdwait/watch/root@db1-22',
    );
    assert.match(
      defaultWatchFolder('lab:x', { XDG_STATE_HOME: 'relative' }),
      /\/\.local\/state\/holdwait\/watch\/lab-x$/,
    );
  });
});

describe('the events of a watch as text', () => {
  const say = (news: WatchNews): string =>
    renderWatchEvent(
      {
        schema: 'holdwait.watch/1',
        at: '2026-01-02T03:04:05.678Z',
        target: HOSTILE,
        atNs: 9e9,
        ...news,
      } as WatchEvent,
      { width: 100, palette: NO_COLOURS, fullStacks: false },
    ) ?? '';

  it('are sentences that a person can act on', () => {
    const analysis = analyzeTrace(
      traceOf([
        holdBegin(1, 1, 'mutex', 'a', { comm: HOSTILE }),
        holdBegin(1, 2, 'mutex', 'b'),
        waitBegin(2, 1, 'mutex', 'b'),
        waitBegin(3, 2, 'mutex', 'a'),
      ]),
    );
    const found = say({
      event: 'deadlock',
      id: 'f-1',
      tasks: [1, 2],
      signature: HOSTILE,
      closedNs: 1e9,
      saidNs: 1.6e9,
      latencyMs: 600,
      capture: '/tmp/x.sqlite',
      analysis,
    });
    assert.match(
      found,
      /^2026-01-02T03:04:05.678Z {2}DEADLOCK .* \(f-1\): a\\x1b\[2Jb:1, 2; said after 600 ms\n/,
    );
    assert.match(found, /^DEADLOCK: /m);
    assert.match(
      say({ event: 'saved', id: 'f-1', capture: '/tmp/x.sqlite' }),
      /f-1 is saved; hint: `holdwait analyze \/tmp\/x.sqlite`$/,
    );
    assert.match(
      say({ event: 'resolved', id: 'f-1', was: 'deadlock', tasks: [1], reason: 'ended', lastedNs: 2e9 }),
      /the deadlock f-1 is over after 2 s: a wait of it has ended$/,
    );
    assert.match(
      say({ event: 'lost', reason: 'reset', openWaits: 2, findings: [] }),
      /LOST .*: reset; 2 open waits/,
    );
    const back = {
      event: 'reconnected',
      missedFrom: 'A',
      missedTo: 'B',
      missedMs: 65_000,
      reason: 'reset',
      rebooted: true,
      attempts: 3,
    } as const;
    assert.match(say(back), /again, which has booted since; missed 1 min 5 s, from A to B$/);
    assert.equal(say({ event: 'note', text: HOSTILE }).includes('\x1b'), false);
    assert.equal(found.includes('\x1b'), false);
  });
});
