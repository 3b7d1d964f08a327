import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapeText } from '../../../src/report/escape.ts';
import { formatCount, formatDuration, formatPlural } from '../../../src/report/format.ts';
import { clip, displayWidth, layoutTable, wrap, wrapAfter } from '../../../src/report/layout.ts';
import { trimStack, wholeStack } from '../../../src/report/stack-text.ts';
import { nameInstance } from '../../../src/report/wording.ts';

describe('formatDuration', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 ns'],
    [812, '812 ns'],
    [1000, '1 µs'],
    [812_345, '812 µs'],
    [999_499, '999 µs'],
    [999_500, '1 ms'],
    [999_499_999, '999 ms'],
    [999_500_000, '1 s'],
    [4.213e9, '4.21 s'],
    [59.94e9, '59.9 s'],
    [59.96e9, '1 min'],
    [125e9, '2 min 5 s'],
    [3599.4e9, '59 min 59 s'],
    [3600e9, '1 h'],
    [12_000e9, '3 h 20 min'],
    [86_399e9, '1 d'],
    [90_000e9, '1 d 1 h'],
  ];
  for (const [ns, text] of cases) {
    it(`${ns} ns is ${text}`, () => assert.equal(formatDuration(ns), text));
  }
});

describe('counts', () => {
  it('are grouped by thousands', () => {
    assert.equal(formatCount(999), '999');
    assert.equal(formatCount(1234567), '1,234,567');
  });
  it('have a noun that agrees', () => {
    assert.equal(formatPlural(1, 'wait'), '1 wait');
    assert.equal(formatPlural(0, 'wait'), '0 waits');
  });
});

describe('escapeText', () => {
  it('shows what would act on a terminal', () => {
    assert.equal(
      escapeText('a\x1b[2J\r\n\x7f\x9b\u202e\u2028'),
      'a\\x1b[2J\\x0d\\x0a\\x7f\\x9b\\u{202e}\\u{2028}',
    );
  });
  it('leaves letters of any script alone', () => {
    assert.equal(escapeText('kworker/u4:1 漢字 é 🙂'), 'kworker/u4:1 漢字 é 🙂');
  });
  it('shows half of a surrogate pair', () => {
    assert.equal(escapeText('\ud83d!'), '\\u{d83d}!');
  });
});

describe('layout', () => {
  it('counts columns, not characters', () => {
    assert.equal(displayWidth('ab'), 2);
    assert.equal(displayWidth('漢字'), 4);
    assert.equal(displayWidth('e\u0301'), 1);
  });
  it('clips to the width', () => {
    assert.equal(clip('abcdef', 6), 'abcdef');
    assert.equal(clip('abcdefg', 6), 'abcde…');
    assert.equal(displayWidth(clip('漢'.repeat(1e6), 7)), 7);
  });
  it('wraps between words and within those that are too long', () => {
    assert.deepEqual(wrap('aa bb cc', 5), ['aa bb', 'cc']);
    assert.deepEqual(wrap('aa bbbbbbb cc', 3), ['aa', 'bbb', 'bbb', 'b', 'cc']);
    assert.deepEqual(wrapAfter('k: ', 'aa bb', 5), ['k: aa', '   bb']);
    // As long as a label may be: looking at all that is left for each line would take minutes.
    assert.equal(wrap('x'.repeat(1e6), 60).length, Math.ceil(1e6 / 60));
  });
  it('gives the open column what the others leave', () => {
    assert.deepEqual(
      layoutTable(
        [{ share: 0.5 }, {}],
        [
          ['a', 'b c'],
          ['aaaa', 'd'],
        ],
        20,
      ),
      ['a     b c', 'aaaa  d'],
    );
  });
});

describe('nameInstance', () => {
  it('does not print a made-up id for a resource that nobody knows', () => {
    assert.equal(nameInstance({ kind: 'folio_lock', id: '0xffea' }), 'lock of folio 0xffea');
    assert.equal(nameInstance({ kind: 'folio_lock', id: '?187' }), 'lock of folio, not known which');
  });
});

describe('trimStack', () => {
  it('keeps the function that waits and the call that led there', () => {
    const stack = [
      '__schedule+0x1/0x2',
      'schedule',
      'folio_wait_writeback+0x2a/0x90',
      'x+0x1/0x2 [ext4]',
      '__x64_sys_fsync',
      'do_syscall_64',
      'entry_SYSCALL_64_after_hwframe',
    ];
    assert.deepEqual(trimStack(stack), {
      lines: ['folio_wait_writeback', 'x [ext4]', '__x64_sys_fsync'],
      omitted: 4,
    });
    assert.deepEqual(wholeStack(stack), { lines: stack, omitted: 0 });
  });
  it('never leaves nothing', () => {
    assert.deepEqual(trimStack(['schedule', '__schedule', 'schedule']).lines, ['schedule']);
    assert.deepEqual(trimStack(['kthread', 'ret_from_fork', 'kthread']).lines, ['kthread']);
  });
  it('goes on through an interrupt to the code it came upon', () => {
    const inside = Array.from({ length: 20 }, (_, i) => `inside_${i}`);
    const { lines, omitted } = trimStack([
      ...inside,
      'asm_common_interrupt',
      'nest_locks',
      'ioctl',
      'a',
      'b',
    ]);
    assert.deepEqual(lines.slice(-3), ['asm_common_interrupt', 'nest_locks', 'ioctl']);
    assert.equal(omitted, 2);
  });
  it('does not cut a single frame', () => {
    assert.deepEqual(trimStack(['schedule', 'a', 'b']).lines, ['schedule', 'a', 'b']);
  });
});
