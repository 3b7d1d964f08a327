import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Analysis } from '../../../../analysis/index.ts';
import {
  exitStatusOf,
  isExpected,
  type ReproOutcome,
  type ReproResult,
} from '../../../../src/cli/repro/result.ts';

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
  const cycles = verdict === 'deadlock' ? [{ matches }] : [];
  return { verdict, cycles, potential: [] } as unknown as Analysis;
}

function potentialAnalysis(verdict: Analysis['verdict'], ...ids: readonly string[]): Analysis {
  return { verdict, cycles: [], potential: ids.map((id) => ({ matches: [{ id }] })) } as unknown as Analysis;
}

function suspectedAnalysis(...ids: readonly string[]): Analysis {
  const matches = ids.map((id) => ({ id, title: '', score: 1, roles: {}, sources: [] }));
  return { verdict: 'suspected', cycles: [{ matches }] } as unknown as Analysis;
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
    [
      'control whose orders could still hang',
      { ...BASE, control: true, result: 'clean', analysis: potentialAnalysis('none', 'sig') },
      false,
    ],
    [
      'clean, and known as potential',
      { ...BASE, potential: true, result: 'clean', analysis: potentialAnalysis('none', 'other', 'sig') },
      true,
    ],
    [
      'clean, and potential as another',
      { ...BASE, potential: true, result: 'clean', analysis: potentialAnalysis('none', 'other') },
      false,
    ],
    [
      'potential, but something hung',
      { ...BASE, potential: true, result: 'clean', analysis: potentialAnalysis('hang', 'sig') },
      false,
    ],
    ['control that hung', { ...BASE, control: true, analysis: analysis('deadlock', 'sig') }, false],
    ['not affected', { ...BASE, result: 'not-affected' }, true],
    ['failed', { ...BASE, result: 'failed' }, false],
  ];
  for (const [name, result, expected] of cases) {
    it(name, () => assert.equal(isExpected(result, { signature: 'sig', verdict: 'deadlock' }), expected));
  }

  it('asks for the verdict of the scenario', () => {
    const suspected = { ...BASE, analysis: suspectedAnalysis('sig') };
    assert.ok(isExpected(suspected, { signature: 'sig', verdict: 'suspected' }));
    assert.ok(!isExpected(suspected, { signature: 'sig', verdict: 'deadlock' }));
    assert.ok(!isExpected(suspected, { signature: 'other', verdict: 'suspected' }));
  });

  it('counts the best match of a cycle only', () => {
    const both = { ...BASE, analysis: suspectedAnalysis('other', 'sig') };
    assert.ok(!isExpected(both, { signature: 'sig', verdict: 'suspected' }));
  });
});

describe('exitStatusOf', () => {
  const outcome = (result: ReproResult['result'], expected: boolean): ReproOutcome => ({
    ...BASE,
    result,
    expected,
  });
  const cases: readonly [string, readonly ReproOutcome[], number][] = [
    ['all as expected', [outcome('hung', true), outcome('not-affected', true), outcome('clean', true)], 0],
    ['one not', [outcome('hung', true), outcome('clean', false)], 1],
    ['hung, but not named', [outcome('hung', false)], 1],
    ['one lab failed', [outcome('failed', false), outcome('hung', true)], 3],
    ['one lab failed, another outcome not expected', [outcome('clean', false), outcome('failed', false)], 3],
  ];
  for (const [name, outcomes, status] of cases) {
    it(`${status}: ${name}`, () => assert.equal(exitStatusOf(outcomes), status));
  }
});
