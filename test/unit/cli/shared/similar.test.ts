import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findSimilar } from '../../../../src/cli/shared/similar.ts';

const WORDS = ['hang-threshold', 'threshold', 'width', 'keep', 'keep-size'];

describe('findSimilar', () => {
  const cases: readonly (readonly [word: string, found: string | undefined])[] = [
    ['hang-treshold', 'hang-threshold'],
    ['thershold', 'threshold'],
    ['widht', 'width'],
    ['kep', 'keep'],
    ['keepsize', 'keep-size'],
    ['width', 'width'],
    ['bogus', undefined],
    ['', undefined],
  ];
  for (const [word, found] of cases) {
    it(`finds ${found} for "${word}"`, () => assert.equal(findSimilar(word, WORDS), found));
  }
});
