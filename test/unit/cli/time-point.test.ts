import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseTimePoint, resolveTimePoint } from '../../../src/cli/shared/time-point.ts';

const BOUNDS = { endNs: 60e9, startedAt: '2026-03-01T12:00:00.500Z' };

describe('a time of a capture', () => {
  const resolved: Readonly<Record<string, number>> = {
    '0': 0,
    '90s': 90e9,
    '1.5ms': 1.5e6,
    '-10s': 50e9,
    '-2m': 0,
    '-0': 60e9,
    '2026-03-01T12:00:10.5Z': 10e9,
    '2026-03-01T13:00:10.500000001+01:00': 10e9 + 1,
    '2026-03-01T11:00Z': 0,
  };
  for (const [text, ns] of Object.entries(resolved)) {
    it(`${text} is ${ns} ns after its start`, () => {
      assert.equal(resolveTimePoint(parseTimePoint(text), BOUNDS), ns);
    });
  }

  for (const text of [
    '',
    '-',
    '10',
    '--5s',
    '-10',
    'yesterday',
    '2026-03-01',
    '2026-13-01T00:00:00Z',
    '1e3s',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => assert.throws(() => parseTimePoint(text), /time/));
  }

  it('by the clock needs a capture that says when it was started', () => {
    const point = parseTimePoint('2026-03-01T12:00:10Z');
    assert.throws(() => resolveTimePoint(point, { endNs: 1 }), /does not say when it was started/);
    assert.throws(() => resolveTimePoint(point, { endNs: 1, startedAt: 'soon' }), /does not say/);
  });
});
