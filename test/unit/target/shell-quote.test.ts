import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { quoteWord, quoteWords } from '../../../src/target/shell-quote.ts';

const HARD_WORDS = [
  '',
  "'",
  "''",
  '\\',
  "\\'",
  '\\\\n',
  'a b',
  '$HOME',
  '`id`',
  '*',
  '!x',
  '\n',
  '-n',
  'é',
  '#',
];

function echoWords(shell: string, words: readonly string[]): string[] {
  const line = `printf '%s\\0' ${quoteWords(words)}`;
  return execFileSync(shell, ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

for (const shell of ['sh', 'bash', 'zsh', 'fish']) {
  const missing = spawnSync(shell, ['-c', ':']).error !== undefined;
  test(`${shell} reads back every word`, { skip: missing && `no ${shell} here` }, () => {
    assert.deepEqual(echoWords(shell, HARD_WORDS), HARD_WORDS);
  });
}

test('any words survive sh', () => {
  const word = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
      assert.deepEqual(
        echoWords('sh', words),
        words.map((each) => Buffer.from(each).toString()),
      );
    }),
    { numRuns: 50 },
  );
});

test('plain words stay readable', () => {
  assert.equal(quoteWord('/usr/bin/bpftrace'), '/usr/bin/bpftrace');
});
