import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { analyzeTrace } from '../../../analysis/index.ts';
import { renderJson } from '../../../src/report/render-json.ts';
import { createValidator } from './analysis-validator.ts';
import { arbitraryTrace } from './arbitrary-trace.ts';
import { EMPTY, FAULT_DEADLOCK, sampleChain } from './sample-analyses.ts';

const validate = createValidator();

describe('renderJson', () => {
  it('is the object itself, in one line', () => {
    const text = renderJson(FAULT_DEADLOCK);
    assert.deepEqual(JSON.parse(text), FAULT_DEADLOCK);
    assert.doesNotMatch(text, /\n/);
  });
});

describe('the schema', () => {
  it('describes the samples', () => {
    for (const analysis of [EMPTY, FAULT_DEADLOCK, { ...EMPTY, chains: [sampleChain()] }]) {
      validate(JSON.parse(renderJson(analysis)));
    }
  });

  it('describes what is made of any trace', () => {
    fc.assert(
      fc.property(arbitraryTrace, fc.boolean(), (trace, detail) => {
        const waitTimes = { detail, top: 0, selection: detail ? {} : { kind: 'mutex' } };
        validate(JSON.parse(renderJson(analyzeTrace(trace, { waitTimes }))));
      }),
      { numRuns: 300 },
    );
  });

  const edge = FAULT_DEADLOCK.cycles[0]!.edges[0]!;
  const wrong = {
    'an unknown verdict': { ...EMPTY, verdict: 'fine' },
    'another schema': { ...EMPTY, schema: 'holdwait.analysis/2' },
    'a chain without links': { ...EMPTY, chains: [{ ...sampleChain(), links: [] }] },
    'a missing blocker': {
      ...EMPTY,
      chains: [{ ...sampleChain(), links: [{ ...edge, blocker: undefined }] }],
    },
    'a made-up evidence': {
      ...EMPTY,
      chains: [{ ...sampleChain(), links: [{ ...edge, evidence: 'guess' }] }],
    },
    'a field nobody described': { ...EMPTY, extra: 1 },
    'a task under a name': { ...EMPTY, tasks: { dd: { name: 'dd', holds: [] } } },
  };
  for (const [name, value] of Object.entries(wrong)) {
    it(`refuses ${name}`, () => assert.throws(() => validate(JSON.parse(JSON.stringify(value)))));
  }
});
