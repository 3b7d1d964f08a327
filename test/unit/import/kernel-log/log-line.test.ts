import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanLine, splitMessages } from '../../../../src/import/kernel-log/log-line.ts';

const TEXT = 'INFO: task dd:412 blocked for more than 120 seconds.';

const CARRIERS: readonly (readonly [what: string, line: string, tsNs?: number, caller?: string])[] = [
  ['nothing', TEXT],
  ['dmesg', `[  123.000456] ${TEXT}`, 123_000_456_000],
  ['a caller', `[  123.000456][   T41] ${TEXT}`, 123_000_456_000, 'T41'],
  ['an interrupt as caller', `[ 1052.080846][    C0] ${TEXT}`, 1_052_080_846_000, 'C0'],
  ['priority and stamp', `<3>[    1.500000] ${TEXT}`, 1_500_000_000],
  ['dmesg -x', `kern  :err   : [    1.500000] ${TEXT}`, 1_500_000_000],
  ['a serial line', `[    1.500000] ${TEXT}\r\r`, 1_500_000_000],
  ['colours', `\x1b[32m[    1.500000] \x1b[0m\x1b[1m${TEXT}\x1b[0m`, 1_500_000_000],
  ['a mail', `> > [    1.500000] ${TEXT}`, 1_500_000_000],
  ['a mail without stamps', `>> ${TEXT}`],
  ['syslog', `Nov 22 09:33:01 db1 kernel: [    1.500000] ${TEXT}`, 1_500_000_000],
  ['the journal', `Nov 22 09:33:01 db1 kernel: ${TEXT}`],
  ['the journal in ISO form', `2026-11-22T09:33:01+0100 db1 kernel: ${TEXT}`],
  ['the journal, monotonic', `[    1.500000] db1 kernel: ${TEXT}`, 1_500_000_000],
  ['dmesg -T', `[Sun Nov 22 09:33:01 2026] ${TEXT}`],
];

test('what carries a line is taken off', () => {
  for (const [what, raw, tsNs, caller] of CARRIERS) {
    const line = cleanLine(raw, 7);
    assert.deepEqual([line.text, line.tsNs, line.caller, line.number], [TEXT, tsNs, caller, 7], what);
  }
});

test('times of day are kept where the kernel prints none', () => {
  const at = Date.UTC(2026, 10, 22, 8, 33, 1, 250);
  assert.equal(cleanLine('2026-11-22T09:33:01.250+01:00 db1 kernel: x', 1).wallMs, at);
  assert.equal(cleanLine('2026-11-22 08:33:01,250Z x', 1).wallMs, at);
  assert.equal(cleanLine('[Sun Nov 22 08:33:01 2026] x', 1).wallMs, at - 250);
  const [first, later] = ['Nov 22 09:33:01', 'Nov 22 09:35:01'].map((time) =>
    cleanLine(`${time} h kernel: x`, 1),
  );
  assert.equal(later!.wallMs! - first!.wallMs!, 120_000);
  assert.equal(first!.host, 'h');
});

test('what is part of the text stays', () => {
  for (const text of [
    'task:a state:D',
    '-> #1 (&a){+.+.}:',
    'foo bar[12]: baz',
    '[ffff] x',
    '-- > y',
    '<TASK>',
  ]) {
    assert.equal(cleanLine(text, 1).text, text);
  }
  assert.equal(cleanLine('[    1.000000]  indented+0x1/0x2', 1).text, ' indented+0x1/0x2');
});

test('a message printed into another one is a line of its own', () => {
  const merged = '0000000000120018[  703.530883] net_ratelimit: 7 callbacks';
  assert.deepEqual(splitMessages(merged), ['0000000000120018', '[  703.530883] net_ratelimit: 7 callbacks']);
  const whole = 'Nov 22 09:33:01 db1 kernel: [    1.500000] x';
  assert.deepEqual(splitMessages(whole), [whole]);
  assert.deepEqual(splitMessages('[    1.500000] a[    1.500001] b'), [
    '[    1.500000] a',
    '[    1.500001] b',
  ]);
});
