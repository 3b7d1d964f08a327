import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findKeyLine, findTableLine } from '../../../../src/cli/config/find-line.ts';

const LINES = `width = 1
# width = 2
capture.threshold = "0"
[capture]  # the tracer
  "map-keys" = 5

[ lab . up ]
kernel="6.12"
[[strange]]
kernel = 1`.split('\n');

describe('the line of a key', () => {
  const cases: readonly (readonly [table: readonly string[], key: string, line: number | undefined])[] = [
    [[], 'width', 1],
    [['capture'], 'threshold', 3],
    [['capture'], 'map-keys', 5],
    [['lab', 'up'], 'kernel', 8],
    [['strange'], 'kernel', 10],
    [[], 'kernel', undefined],
  ];
  for (const [table, key, line] of cases) {
    it(`is ${line} for ${[...table, key].join('.')}`, () =>
      assert.equal(findKeyLine(LINES, table, key), line));
  }

  it('is known of tables, too', () => {
    assert.equal(findTableLine(LINES, ['lab', 'up']), 7);
    assert.equal(findTableLine(LINES, ['lab']), undefined);
  });
});
