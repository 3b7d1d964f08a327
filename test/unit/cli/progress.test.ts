import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createProgress, type ProgressOptions } from '../../../src/cli/shared/progress.ts';

/** A progress whose clock is the test's. */
function start(
  t: TestContext,
  options: ProgressOptions & { readonly isTTY?: boolean; readonly columns?: number } = {},
) {
  let nowMs = 1;
  let text = '';
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.mock.method(performance, 'now', () => nowMs);
  const stream = {
    isTTY: options.isTTY ?? false,
    columns: options.columns,
    write: (more: string) => {
      text += more;
    },
  };
  const wait = (ms: number): void => {
    for (let left = ms; left > 0; left -= 50) {
      nowMs += 50;
      t.mock.timers.tick(50);
    }
  };
  return { progress: createProgress({ ...options, stream }), wait, written: () => text };
}

describe('progress into a file', () => {
  it('says a step that takes long once, and a short one never', (t) => {
    const { progress, wait, written } = start(t);
    progress.step('short');
    wait(500);
    progress.step('long');
    wait(5000);
    progress.end();
    assert.equal(written(), 'long\n');
  });

  it('adds a detail now and then', (t) => {
    const { progress, wait, written } = start(t);
    progress.step('capturing');
    for (let i = 0; i < 25; i++) {
      wait(1000);
      progress.detail(`${i} events`);
    }
    progress.end();
    assert.equal(written(), 'capturing\ncapturing  11 s  10 events\ncapturing  21 s  20 events\n');
  });

  it('says how long it may go on, from how long the same took before', (t) => {
    const { progress, wait, written } = start(t);
    progress.step('building', { lastMs: 130_400 });
    wait(1000);
    for (let i = 0; i < 6; i++) {
      wait(23_000);
      progress.detail('installing');
    }
    progress.end();
    assert.deepEqual(written().split('\n'), [
      'building, about 2 min left',
      'building  24 s, about 1 min 45 s left  installing',
      'building  47 s, about 1 min 25 s left  installing',
      'building  1 min 10 s, about 1 min left  installing',
      'building  1 min 33 s, about 35 s left  installing',
      'building  1 min 56 s, about 14 s left  installing',
      'building  2 min 19 s, longer than the last time (2 min)  installing',
      '',
    ]);
  });

  it('says how long it may go on, from the share that is done', (t) => {
    const { progress, wait, written } = start(t);
    progress.step('reading', { lastMs: 1 });
    wait(1000);
    for (const share of [0, 0.005, 0.25, 1]) {
      wait(11_000);
      progress.detail('events', { share });
    }
    progress.end();
    assert.deepEqual(written().split('\n').slice(1), [
      'reading  12 s  events',
      'reading  23 s  events',
      'reading  34 s, about 1 min 40 s left  events',
      'reading  45 s  events',
      '',
    ]);
  });

  it('says how much is left of a time that was asked for, and nothing of what comes after it', (t) => {
    const { progress, wait, written } = start(t);
    progress.step('capturing', { totalMs: 30_000 });
    wait(1000);
    for (let i = 0; i < 3; i++) {
      wait(12_000);
      progress.detail('events');
    }
    progress.end();
    assert.deepEqual(written().split('\n'), [
      'capturing, about 30 s left',
      'capturing  13 s, about 17 s left  events',
      'capturing  25 s, about 5 s left  events',
      'capturing  37 s  events',
      '',
    ]);
  });

  it('prints a note at once', (t) => {
    const { progress, written } = start(t);
    progress.note('a.sqlite written');
    assert.equal(written(), 'a.sqlite written\n');
  });
});

describe('progress on a terminal', () => {
  it('rewrites one line with the elapsed time and the detail', (t) => {
    const { progress, wait, written } = start(t, { isTTY: true });
    progress.step('booting');
    progress.detail('10 lines');
    wait(1000);
    assert.equal(written(), '\r\x1b[2Kbooting  1 s  10 lines');
    wait(250);
    assert.ok(written().endsWith('\r\x1b[2Kbooting  1.25 s  10 lines'));
  });

  it('leaves a line behind for a long step and nothing for a short one', (t) => {
    const { progress, wait, written } = start(t, { isTTY: true });
    progress.step('short');
    wait(500);
    progress.end();
    assert.equal(written(), '');
    progress.step('long');
    wait(2000);
    progress.end();
    progress.end();
    assert.ok(written().endsWith('\r\x1b[2Klong  2 s\n'));
  });

  it('never writes past the edge, where the line could not be cleared', (t) => {
    const { progress, wait, written } = start(t, { isTTY: true, columns: 20 });
    progress.step('x'.repeat(50));
    wait(1000);
    assert.equal(written(), `\r\x1b[2K${'x'.repeat(19)}`);
  });

  it('clears the line for a note', (t) => {
    const { progress, wait, written } = start(t, { isTTY: true });
    progress.step('booting');
    wait(1000);
    progress.note('slow');
    assert.ok(written().endsWith('\r\x1b[2Kslow\n'));
  });
});

describe('quiet progress', () => {
  it('says nothing at all', (t) => {
    const { progress, wait, written } = start(t, { isTTY: true, verbosity: 'quiet' });
    progress.step('booting');
    progress.detail('10 lines');
    wait(5000);
    progress.note('done');
    progress.verbose('why');
    progress.end();
    assert.equal(written(), '');
  });
});

describe('verbose progress', () => {
  it('says what was chosen, and each step with its time, however short', (t) => {
    const { progress, wait, written } = start(t, { verbosity: 'verbose' });
    progress.step('opening');
    wait(50);
    progress.step('reading');
    progress.verbose('NDJSON');
    progress.detail('12 events');
    wait(100);
    progress.end();
    progress.end();
    assert.equal(written(), 'opening  50 ms\nNDJSON\nreading  100 ms  12 events\n');
  });

  it('leaves the same lines on a terminal', (t) => {
    const { progress, wait, written } = start(t, { verbosity: 'verbose', isTTY: true });
    progress.step('opening');
    wait(50);
    progress.verbose('NDJSON');
    progress.end();
    assert.equal(written(), 'NDJSON\nopening  50 ms\n');
  });

  it('is the only one that says what was chosen', (t) => {
    const { progress, written } = start(t, { verbosity: 'normal' });
    progress.verbose('NDJSON');
    assert.equal(written(), '');
  });
});
