import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { analyzeTrace } from '../../../analysis/index.ts';
import { displayWidth } from '../../../src/report/layout.ts';
import { ANSI_COLOURS, NO_COLOURS } from '../../../src/report/palette.ts';
import { renderWatch, type WatchView } from '../../../src/report/render-watch.ts';
import type { TraceRecord } from '../../../src/trace/index.ts';
import { holdBegin, traceOf, waitBegin } from '../analysis/trace-of.ts';

const S = 1e9;
const SIZE = { width: 80, height: 24 };

const QUIET: WatchView = {
  target: 'root@db1',
  kernelRelease: '6.1.0-56-amd64',
  state: 'watching',
  stateNs: 723.4 * S,
  silentNs: 0.1 * S,
  status: { events: 1204, eventsPerSecond: 12, openWaits: 0, longestWaitNs: 0, lost: 0 },
  window: { folder: '/var/lib/holdwait', coveredNs: 600 * S, sizeBytes: 1_234_567 },
  findings: [],
};

const RING: readonly TraceRecord[] = [
  { type: 'task', tid: 1, pid: 1, comm: 'writer' },
  { type: 'task', tid: 2, pid: 2, comm: 'flusher' },
  { type: 'task', tid: 3, pid: 3, comm: 'victim' },
  holdBegin(1 * S, 1, 'mutex', '0xa'),
  holdBegin(1 * S, 2, 'mutex', '0xb'),
  waitBegin(2 * S, 1, 'mutex', '0xb'),
  waitBegin(3 * S, 2, 'mutex', '0xa'),
  waitBegin(4 * S, 3, 'mutex', '0xa'),
  { type: 'io_begin', ts: 4 * S, res: '0xf' },
  waitBegin(4.5 * S, 4, 'folio_writeback', '0xf'),
  { type: 'loss', ts: 5 * S, count: 17, reason: 'lost_events' },
];

function busy(): WatchView {
  return {
    ...QUIET,
    status: { events: 1204, eventsPerSecond: 12, openWaits: 4, longestWaitNs: 3 * S, lost: 17 },
    analysis: analyzeTrace(traceOf(RING)),
    findings: [
      { at: '12:00:05', verdict: 'deadlock', names: ['writer:1', 'flusher:2'], signature: 'known-ring' },
      { at: '11:58:00', verdict: 'hang', names: ['old:9'], over: 'over' },
    ],
    note: 'saved: /var/lib/holdwait/deadlock-1.sqlite',
  };
}

const render = (view: WatchView) => renderWatch(view, SIZE, NO_COLOURS).join('\n');

describe('the screen of a watch', () => {
  it('says that nothing is wrong, and what it goes by', () => {
    assert.equal(
      render(QUIET),
      `holdwait watch root@db1  6.1.0-56-amd64  watched for 12 min 3 s
1,204 events (12/s), no open wait, none lost

No finding so far

No open wait

keeps 10 min, 1.18 MiB in /var/lib/holdwait`,
    );
  });

  it('says how long it goes on, where it ends by itself', () => {
    const [title] = render({ ...QUIET, remaining: 'about 40 s left' }).split('\n');
    assert.equal(title, 'holdwait watch root@db1  6.1.0-56-amd64  watched for 12 min 3 s, about 40 s left');
  });

  it('shows findings, open waits by age, chains and losses', () => {
    assert.equal(
      render(busy()),
      `holdwait watch root@db1  6.1.0-56-amd64  watched for 12 min 3 s
1,204 events (12/s), 4 open waits (longest 3 s), 17 LOST

FINDINGS
12:00:05  DEADLOCK known-ring: writer:1, flusher:2
11:58:00  HANG: old:9 (over)

OPEN WAITS, the oldest first
3 s         writer:1 → flusher:2: mutex 0xb
2 s         flusher:2 → writer:1: mutex 0xa
1 s         victim:3 → writer:1: mutex 0xa
500 ms      4 → I/O: writeback of folio 0xf

CHAINS
DEADLOCK: writer:1 → flusher:2 → writer:1
victim:3 → writer:1 → a cycle
4 → I/O

LOST: 17 lost_events
saved: /var/lib/holdwait/deadlock-1.sqlite
keeps 10 min, 1.18 MiB in /var/lib/holdwait`,
    );
  });

  it('says when nothing is heard of the target, and when it is gone', () => {
    assert.match(render({ ...QUIET, silentNs: 12.3 * S }), /^holdwait watch .*NO SIGN OF LIFE for 12.3 s$/m);
    assert.match(render({ ...QUIET, state: 'lost', stateNs: 65 * S }), /LOST 1 min 5 s ago, trying again$/m);
    const { status: _, ...reaching } = QUIET;
    assert.match(render({ ...reaching, state: 'reaching' }), /^nothing seen yet$/m);
    const lost = render({ ...reaching, state: 'lost' });
    assert.match(lost, /^nothing is seen of it$/m);
    assert.doesNotMatch(lost, /open wait/);
  });

  it('shows no control character of a hostile name', () => {
    const hostile = '\x1b]0;gotcha\x07\n\u202eevil';
    const analysis = analyzeTrace(
      traceOf([
        { type: 'task', tid: 3, comm: hostile },
        waitBegin(1, 3, hostile, hostile, { label: hostile }),
      ]),
    );
    const finding = { at: '12:00:00', verdict: 'hang', names: [hostile], signature: hostile } as const;
    const view: WatchView = {
      ...QUIET,
      target: hostile,
      kernelRelease: hostile,
      analysis,
      findings: [finding],
      note: hostile,
      window: { ...QUIET.window, folder: hostile },
    };
    for (const line of renderWatch(view, { width: 500, height: 50 }, NO_COLOURS)) {
      assert.ok(!/[\p{Cc}\p{Cf}]/u.test(line), JSON.stringify(line));
    }
  });

  it('fits any screen, however much there is to show', () => {
    const many = Array.from({ length: 200 }, (_, i) => i + 10);
    const analysis = analyzeTrace(
      traceOf(
        many.flatMap((tid) => [
          { type: 'task', tid, comm: `a-task-名前-${tid}` } as const,
          holdBegin(tid, tid, 'mutex', `0x${tid}`),
          waitBegin(1000 + tid, tid, 'rwsem', `0x${tid >> 1}`),
        ]),
      ),
      { maxChains: 0 },
    );
    const finding = busy().findings[0]!;
    const view: WatchView = { ...busy(), analysis, findings: Array(30).fill(finding) };
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 1, max: 80 }), (width, height) => {
        const lines = renderWatch(view, { width, height }, NO_COLOURS);
        assert.ok(lines.length <= height, `${lines.length} lines`);
        for (const line of lines) {
          assert.ok(displayWidth(line) <= width, line);
        }
        const coloured = renderWatch(view, { width, height }, ANSI_COLOURS);
        assert.deepEqual(
          coloured.map((line) => line.replace(/\x1b\[\d+m/g, '')),
          lines,
        );
      }),
    );
  });
});
