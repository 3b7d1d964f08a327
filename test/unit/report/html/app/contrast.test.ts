import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../../../src/package-root.ts';

const TOKENS = ['styles/tokens.css', 'timeline/timeline.css']
  .map((file) => readFileSync(join(packageRoot(), 'src/report/html/app', file), 'utf8'))
  .join('\n');

/** WCAG 2.2, 1.4.3 (text) and 1.4.11 (what must be seen of a control or a drawing). */
const TEXT = 4.5;
const SHAPE = 3;

const BACKS = ['back', 'surface', 'raised'];
const PAIRS: readonly (readonly [front: string, backs: readonly string[], least: number])[] = [
  ['text', [...BACKS, 'chosen', 'related', 'bad-back', 'warn-back', 'io-back', 'good-back'], TEXT],
  ['dim', [...BACKS, 'bad-back', 'warn-back', 'good-back'], TEXT],
  ['link', [...BACKS, 'chosen', 'related', 'bad-back', 'warn-back'], TEXT],
  ['bad', ['back', 'surface', 'chosen', 'related', 'bad-back'], TEXT],
  ['warn', ['back', 'surface', 'chosen', 'related', 'warn-back'], TEXT],
  ['io', ['back', 'surface', 'chosen', 'related', 'io-back'], TEXT],
  ['held', ['back', 'surface'], TEXT],
  ['good', ['back', 'good-back'], TEXT],
  ['strong-line', BACKS, SHAPE],
  ['focus', BACKS, SHAPE],
  ['text', ['timeline-stripe'], TEXT],
  ['bad', ['timeline-stripe'], TEXT],
  ...['lock', 'io', 'behind', 'cycle'].map(
    (look) => [`timeline-${look}-text`, [`timeline-${look}-face`], TEXT] as const,
  ),
  ...['lock', 'io', 'behind', 'cycle', 'held', 'wanted'].map(
    (look) => [`timeline-${look}-edge`, ['back', 'timeline-stripe'], SHAPE] as const,
  ),
  ...['held', 'wanted'].map((look) => [`timeline-${look}-face`, ['back', 'timeline-stripe'], SHAPE] as const),
];

for (const [theme, position] of [
  ['light', 0],
  ['dark', 1],
] as const) {
  describe(`colours, ${theme}`, () => {
    for (const [front, backs, least] of PAIRS) {
      for (const back of backs) {
        it(`${front} can be seen on ${back}`, () => {
          const ratio = contrastOf(colour(front, position), colour(back, position));
          assert.ok(ratio >= least, `${ratio.toFixed(2)} : 1, needs ${least}`);
        });
      }
    }
  });
}

describe('contrast', () => {
  it('is computed as the standard says', () => {
    assert.equal(contrastOf('#000000', '#ffffff'), 21);
    assert.equal(contrastOf('#777777', '#ffffff').toFixed(2), '4.48');
  });
});

function colour(name: string, position: 0 | 1): string {
  const found = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(TOKENS);
  assert.ok(found, `--${name} is a colour for light and for dark`);
  return found[position + 1]!;
}

function contrastOf(a: string, b: string): number {
  const [dark, light] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminanceOf(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
