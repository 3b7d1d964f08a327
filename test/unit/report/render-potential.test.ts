import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Analysis, PotentialDeadlock } from '../../../analysis/result.ts';
import { NO_COLOURS } from '../../../src/report/palette.ts';
import { renderJson } from '../../../src/report/render-json.ts';
import { renderText } from '../../../src/report/render-text.ts';
import { createValidator } from './analysis-validator.ts';
import { EMPTY } from './sample-analyses.ts';

const ORDER: PotentialDeadlock = {
  source: 'lockdep',
  report: 'circular',
  title: 'possible deadlock in take_a',
  line: 12,
  classes: ['&a->lock', '&b->lock'],
  links: [
    {
      held: '&a->lock',
      wanted: '&b->lock',
      stack: ['__mutex_lock+0x1/0x2', 'work_on_b+0x1/0x2'],
      task: null,
    },
    {
      held: '&b->lock',
      wanted: '&a->lock',
      stack: ['lock_acquire+0x1/0x2', '__mutex_lock+0x1/0x2', 'take_a+0x1/0x2 [first]', 'do_syscall_64'],
      heldStack: ['take_b+0x1/0x2'],
      task: 412,
    },
  ],
  task: 412,
  taskName: 'app',
  locks: [{ name: '&b->lock', at: 'take_b+0x1/0x2' }],
  scenario: ['CPU0: lock(&b->lock);', 'CPU1: lock(&a->lock);'],
  matches: [{ id: 'some-deadlock', title: 'two locks', score: 0.83, sources: ['commit:1'], fix: 'it was' }],
};

const MISUSE: PotentialDeadlock = {
  source: 'lockdep',
  report: 'unlock-balance',
  title: 'WARNING: bad unlock balance in seq_stop',
  cut: true,
  classes: ['mrt_lock'],
  links: [],
  task: 77,
  taskName: 'app',
  locks: [{ name: '&p->lock', at: 'seq_read+0xd5/0x13d0' }],
  matches: [],
};

const SEEN: PotentialDeadlock = {
  source: 'trace',
  report: 'circular',
  title: 'two orders that contradict each other',
  classes: ['lock_a', 'folio_lock (ext4)'],
  links: [
    {
      held: 'lock_a',
      wanted: 'folio_lock (ext4)',
      stack: ['__folio_lock+0x1/0x2', 'take_page+0x1/0x2'],
      heldStack: ['mutex_lock+0x1/0x2', 'take_a+0x1/0x2'],
      task: 412,
      tsNs: 2_500_000_000,
      count: 3,
      heldResource: { kind: 'mutex', id: '0xa', label: 'lock_a' },
      wantedResource: { kind: 'folio_lock', id: '0x1', label: 'page 1 of inode 13 on vdb (ext4)' },
    },
    {
      held: 'folio_lock (ext4)',
      wanted: 'lock_a',
      stack: [],
      task: 7,
      tsNs: 1,
      count: 1,
      heldResource: { kind: 'folio_lock', id: '0x1' },
      why: 'a_call() may take it',
    },
  ],
  matches: [],
};

function analysisOf(...potential: PotentialDeadlock[]): Analysis {
  return { ...EMPTY, potential, tasks: { 412: { name: 'app:412', holds: [] } } };
}

function render(analysis: Analysis, fullStacks = false): string {
  return renderText(analysis, { width: 100, palette: NO_COLOURS, fullStacks });
}

describe('potential deadlocks', () => {
  it('are told with their links, the code that each is in, and what they are known as', () => {
    const text = render(analysisOf(ORDER));
    assert.match(text, /^NO DEADLOCK: no wait was recorded; 1 report of what could lead to one, below\n/);
    assert.match(text, /nothing here shows that it did/);
    assert.match(text, /known as {2}some-deadlock: two locks \(83 % agreement\)/);
    assert.match(text, /&a->lock → &b->lock → &a->lock/);
    assert.match(text, /seen earlier: held &a->lock, wanted &b->lock\n {4}work_on_b\n/);
    assert.match(text, /app:412: held &b->lock \(in take_b\), wanted &a->lock\n {4}take_a \[first\]\n/);
    assert.match(text, /line 12 of the log/);
  });

  it('are never called a deadlock', () => {
    const text = render(analysisOf(ORDER, MISUSE)).replace('NO DEADLOCK', '');
    assert.doesNotMatch(text, /(?<!possible |become a )deadlock(?! in)(?!: two locks)/i);
  });

  it('are shown frame by frame if asked, with how it could come about', () => {
    const text = render(analysisOf(ORDER), true);
    assert.match(text, /lock_acquire\+0x1\/0x2\n {4}__mutex_lock\+0x1\/0x2\n {4}take_a\+0x1\/0x2 \[first\]/);
    assert.match(text, /could come about by\n +CPU0: lock\(&b->lock\);\n +CPU1: lock\(&a->lock\);/);
  });

  it('that were seen here are told apart from reports, with the two, the time and how often', () => {
    const text = render(analysisOf(ORDER, SEEN));
    assert.match(
      text,
      /; 1 report of what could lead to one and 1 circle of lock orders\s+that could lead to one, below\n/,
    );
    assert.match(
      text,
      /\nReported by lock checkers[\s\S]*\nOrders seen in this capture: [\s\S]*nothing here shows that it did\n/,
    );
    assert.match(text, /\ntwo orders that contradict each other\n/);
    assert.match(text, /app:412: held lock_a \(in take_a\), wanted folio_lock \(ext4\)\n/);
    assert.match(
      text,
      / {4}lock_a, then page 1 of inode 13 on vdb \(ext4\); 2\.5 s into the capture; seen 3 times\n/,
    );
    assert.match(text, / {4}a_call\(\) may take it; 1 ns into the capture; seen once\n/);
    createValidator()(JSON.parse(renderJson(analysisOf(SEEN))));
  });

  it('that were left aside are named, and so is that there are more', () => {
    const orders = { ignored: [{ classes: ['a', 'b'], reason: 'one thread' }], gated: 2, cut: true };
    const text = render({ ...analysisOf(), orders });
    assert.match(text, /\norder ignored: a → b → a \(one thread\)\n/);
    assert.match(text, /more orders of locks in this capture than were looked at or listed\n/);
    createValidator()(JSON.parse(renderJson({ ...analysisOf(), orders })));
  });

  it('other misuse of a lock names the lock, the task and what it held', () => {
    const text = render(analysisOf(MISUSE));
    assert.match(
      text,
      /bad unlock balance in seq_stop \(lockdep: a lock let go that is not held, not all of it\)/,
    );
    assert.match(text, /locks +mrt_lock\n {2}task +77\n {2}held +&p->lock \(in seq_read\)/);
  });

  it('of which there are many are cut short, and the rest is counted', () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ ...MISUSE, line: i + 1 }));
    assert.match(render(analysisOf(...many)), /12 more reports: --full-stacks/);
    assert.doesNotMatch(render(analysisOf(...many), true), /more reports/);
  });

  it('names from a log cannot write to the terminal', () => {
    const evil = {
      ...MISUSE,
      title: '\u001b[2Jgone',
      classes: ['\u001b[31mred'],
      locks: [{ name: '\u0007bell' }],
    };
    assert.doesNotMatch(render(analysisOf(evil)), /[\u001b\u0007]/);
  });

  it('are of the published schema', () => {
    createValidator()(JSON.parse(renderJson(analysisOf(ORDER, MISUSE))));
  });
});
