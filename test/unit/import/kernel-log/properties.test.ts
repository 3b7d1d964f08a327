import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyzeTrace } from '../../../../analysis/index.ts';
import { FAULT_STACK, hungTask, MUTEX_WAIT, print, readLog, WRITER_STACK } from './sample-logs.ts';

const MIXED = [
  hungTask({ name: 'fault', tid: 9, at: 300, stack: FAULT_STACK }),
  hungTask({ name: 'flush', tid: 25, at: 301, stack: WRITER_STACK }),
  hungTask({
    name: 'one',
    tid: 31,
    at: 302,
    stack: [...MUTEX_WAIT, 'take_a'],
    after: ['INFO: task one:31 is blocked on a mutex likely owned by task two:3200.'],
  }),
  hungTask({ name: 'three', tid: 33, at: 302.5, stack: [...MUTEX_WAIT, 'take_a'] }),
  hungTask({ name: 'two', tid: 3200, at: 303, stack: [...MUTEX_WAIT, 'take_b'] }),
  print(
    [
      '',
      'Showing all locks held in the system:',
      '1 lock held by three/33:',
      ' #0: ffff888000000a00 (&a->lock){+.+.}-{3:3}, at: take_a+0x17/0x20',
      '1 lock held by one/31:',
      ' #0: ffff888000000a00 (&a->lock){+.+.}-{3:3}, at: take_a+0x17/0x20',
      '2 locks held by two/3200:',
      ' #0: ffff888000000a00 (&a->lock){+.+.}-{3:3}, at: take_a+0x17/0x20',
      ' #1: ffff888000000b00 (&b->lock){+.+.}-{3:3}, at: take_b+0x17/0x20',
      '='.repeat(45),
      'Kernel panic - not syncing: hung_task: blocked tasks',
    ],
    304,
  ),
].join('');
const OTHER = print(
  [
    'INFO: task sync:77 blocked for more than 120 seconds.',
    'task:sync            state:D stack:0     pid:77 tgid:77 ppid:1      flags:0x00004002',
    'Call Trace:',
    ...[...MUTEX_WAIT, 'iterate_supers', 'ksys_sync'].map((name) => ` ${name}+0x10/0x200`),
    'watchdog: BUG: soft lockup - CPU#1 stuck for 134s! [x:10431]',
    'CPU: 1 PID: 10431 Comm: x Not tainted 4.16.0+ #4',
    'RIP: 0010:queued_spin_lock_slowpath+0x1/0x2',
    'Call Trace:',
    ' _raw_spin_lock+0x1/0x2',
  ],
  900,
);

/** The same, from a kernel that says who prints. */
const WITH_CALLERS = MIXED.replaceAll(/^(\[.{12}\]) /gm, '$1[  T41] ');

/** Who waits for whom. */
function pairs({ cycles, chains }: Analysis): Set<string> {
  const all = [...cycles.flatMap((cycle) => cycle.edges), ...chains.flatMap((chain) => chain.links)];
  return new Set(all.filter(({ blocker }) => blocker !== null).map((e) => `${e.waiter} → ${e.blocker}`));
}

function pairsOf(text: string): Set<string> {
  return pairs(analyzeTrace(readLog(text)));
}

const KNOWN = pairsOf(MIXED);
const isKnown = (found: ReadonlySet<string>) => [...found].every((pair) => KNOWN.has(pair));

test('the logs that are torn apart below have something to lose', () => {
  assert.deepEqual([...KNOWN].toSorted(), ['25 → 9', '31 → 3200', '33 → 3200', '9 → 25']);
});

test('a log cut at any byte gives no edge that the whole one does not give', () => {
  for (const bytes of [MIXED, WITH_CALLERS].map((text) => Buffer.from(text))) {
    for (let end = 0; end <= bytes.length; end += 3) {
      const found = pairsOf(bytes.subarray(0, end).toString());
      assert.ok(isKnown(found), `cut at ${end}: ${[...found]}`);
    }
  }
});

test('a log that begins at any byte gives no edge that the whole one does not give', () => {
  for (const bytes of [MIXED, WITH_CALLERS].map((text) => Buffer.from(text))) {
    for (let start = 0; start <= bytes.length; start += 3) {
      const found = pairsOf(bytes.subarray(start).toString());
      assert.ok(isKnown(found), `from ${start}: ${[...found]}`);
    }
  }
});

test('two logs whose lines are mixed give no edge that neither gives', () => {
  const [a, b] = [MIXED, OTHER].map((text) => text.split('\n'));
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 60, maxLength: 300 }), (turns) => {
      const rest = [[...a!], [...b!]];
      const lines = turns.flatMap((turn) => rest[Number(turn)]!.splice(0, 1));
      assert.ok(isKnown(pairsOf([...lines, ...rest[0]!, ...rest[1]!].join('\n'))));
    }),
    { numRuns: 150 },
  );
});

test('lines that come again, in runs or one by one, change no edge', () => {
  const lines = MIXED.split('\n');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(lines.length - 1), fc.nat(30), fc.nat(3)), { maxLength: 6 }),
      (repeats) => {
        const again = lines.flatMap((line, i) => {
          const run = repeats.find(([at]) => at === i);
          return run === undefined
            ? [line]
            : [line, ...lines.slice(Math.max(0, i - run[1]), i), ...Array(run[2]).fill(line)];
        });
        assert.ok(isKnown(pairsOf(again.join('\n'))));
      },
    ),
    { numRuns: 150 },
  );
  assert.deepEqual(pairsOf(MIXED + MIXED), KNOWN);
});

test('any bytes at all are taken', () => {
  const fragment = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom(...MIXED.split('\n'), ...OTHER.split('\n')),
    fc.constantFrom(
      'INFO: task ',
      'task:',
      ' state:D',
      '1 lock held by ',
      '[<',
      '+0x',
      '> > ',
      '[ 12.000000] ',
      ':-1 ',
    ),
  );
  fc.assert(
    fc.property(fc.array(fc.array(fragment, { maxLength: 4 }), { maxLength: 60 }), (lines) => {
      analyzeTrace(readLog(lines.map((parts) => parts.join('')).join('\n')));
    }),
    { numRuns: 300 },
  );
});

test('the work grows no faster than the log', () => {
  const hostile = [
    'INFO: task '.repeat(4000),
    `[${'('.repeat(30_000)}`,
    'a '.repeat(30_000),
    ' [m]'.repeat(15_000),
    `${'> '.repeat(30_000)}x`,
    '[    1.000000] '.repeat(4000),
    `task:${':'.repeat(60_000)}`,
    '\x1b['.repeat(30_000),
    ' locks held by '.repeat(4000),
  ];
  // Beyond a quadratic time these would run for hours; that they end at all is what is tested.
  readLog(hostile.flatMap((line) => [line, line]).join('\n'));
});
