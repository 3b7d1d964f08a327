import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Analysis } from '../../../../analysis/index.ts';
import { isExpected, type ReproResult } from '../../../../src/cli/repro/result.ts';

const BASE: ReproResult = {
  scenario: 'x',
  kernel: '6.1',
  control: false,
  result: 'hung',
  attempts: 1,
  timesMs: {},
  agreement: [],
};

function analysis(verdict: Analysis['verdict'], match?: string): Analysis {
  const matches = match === undefined ? [] : [{ id: match, title: '', score: 1, roles: {}, sources: [] }];
  return { verdict, cycles: verdict === 'deadlock' ? [{ matches }] : [] } as unknown as Analysis;
}

describe('isExpected', () => {
  const cases: readonly [string, ReproResult, boolean][] = [
    ['hung and named', { ...BASE, analysis: analysis('deadlock', 'sig') }, true],
    ['hung and named otherwise', { ...BASE, analysis: analysis('deadlock', 'other') }, false],
    ['hung and not named', { ...BASE, analysis: analysis('deadlock') }, false],
    ['hung, but the capture shows less', { ...BASE, analysis: analysis('suspected') }, false],
    [
      'named, but the driver came through',
      { ...BASE, result: 'clean', analysis: analysis('deadlock', 'sig') },
      false,
    ],
    ['clean control', { ...BASE, control: true, result: 'clean', analysis: analysis('none') }, true],
    [
      'control with a finding',
      { ...BASE, control: true, result: 'clean', analysis: analysis('hang') },
      false,
    ],
    ['control that hung', { ...BASE, control: true, analysis: analysis('deadlock', 'sig') }, false],
    ['not affected', { ...BASE, result: 'not-affected' }, true],
    ['failed', { ...BASE, result: 'failed' }, false],
  ];
  for (const [name, result, expected] of cases) {
    it(name, () => assert.equal(isExpected(result, 'sig'), expected));
  }
});
