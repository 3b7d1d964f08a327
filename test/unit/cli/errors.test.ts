import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { reportError } from '../../../src/cli/shared/errors.ts';
import { layoutWidth, paletteFor } from '../../../src/cli/shared/output.ts';
import { ANSI_COLOURS, NO_COLOURS } from '../../../src/report/palette.ts';
import { HoldwaitError } from '../../../src/trace/index.ts';

function report(error: unknown, env: Record<string, string> = {}) {
  const lines: string[] = [];
  return { status: reportError(error, (line) => lines.push(line), env), lines };
}

function catchError(fail: () => unknown): unknown {
  try {
    fail();
  } catch (error) {
    return error;
  }
  return undefined;
}

const abort = Object.assign(new Error('interrupted by SIGINT'), { name: 'AbortError' });

describe('reportError', () => {
  it('prints the facts, then each line of the hint', () => {
    const error = new HoldwaitError('target', 'X', 'db1 does not answer', { hint: 'try a\ntry b' });
    assert.deepEqual(report(error), {
      status: 3,
      lines: ['holdwait: db1 does not answer', 'hint: try a', 'hint: try b'],
    });
  });

  for (const [category, status] of [
    ['usage', 2],
    ['input', 2],
    ['target', 3],
  ] as const) {
    it(`ends with ${status} for ${category}`, () => {
      assert.equal(report(new HoldwaitError(category, 'X', 'x', { hint: 'y' })).status, status);
    });
  }

  it('ends with 130 when interrupted, and says what else went wrong meanwhile', () => {
    assert.deepEqual(report(abort), { status: 130, lines: ['holdwait: interrupted by SIGINT'] });
    const cause = new HoldwaitError('target', 'X', 'the guest is still up', { hint: undefined });
    assert.deepEqual(report(Object.assign(new Error('interrupted'), { name: 'AbortError', cause })).lines, [
      'holdwait: interrupted',
      'holdwait: the guest is still up',
    ]);
  });

  it('takes a refused file for bad input, not for a mistake of its own', () => {
    const { status, lines } = report(catchError(() => readFileSync('/nonexistent/file')));
    assert.equal(status, 2);
    assert.match(lines[0]!, /ENOENT/);
    assert.match(lines[1]!, /^hint: /);
  });

  it('takes anything else for a mistake of its own, with the stack only on demand', () => {
    const error = new TypeError('x is not a function');
    const { status, lines } = report(error);
    assert.equal(status, 3);
    assert.match(lines[0]!, /internal error: x is not a function/);
    assert.equal(lines.length, 2);
    assert.ok(report(error, { HOLDWAIT_DEBUG: '1' }).lines.includes(error.stack!));
  });

  it('prints nothing of a message that would act on the terminal', () => {
    const { lines } = report(
      new HoldwaitError('input', 'X', 'no \x1b[2J file\nsecond line', { hint: '\x1b[2J' }),
    );
    assert.deepEqual(lines, ['holdwait: no \\x1b[2J file\nsecond line', 'hint: \\x1b[2J']);
  });
});

describe('colours', () => {
  const cases: readonly (readonly [isTTY: boolean, env: Record<string, string>, coloured: boolean])[] = [
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [true, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ];
  for (const [isTTY, env, coloured] of cases) {
    it(`${coloured ? 'are' : 'are not'} used with TTY ${isTTY} and ${JSON.stringify(env)}`, () => {
      assert.equal(paletteFor({ isTTY }, env), coloured ? ANSI_COLOURS : NO_COLOURS);
    });
  }
});

describe('the width', () => {
  it('is as asked, else the terminal up to a readable limit, else 100', () => {
    assert.equal(layoutWidth(200, 80), 200);
    assert.equal(layoutWidth(undefined, 80), 80);
    assert.equal(layoutWidth(undefined, 300), 120);
    assert.equal(
      layoutWidth(undefined, undefined),
      process.stdout.columns ? Math.min(process.stdout.columns, 120) : 100,
    );
  });
});
