import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { goldenPath } from './golden-captures.ts';

/** Compares with a file of test/golden; UPDATE_GOLDEN=1 writes it anew. */
export function compareGolden(file: string, text: string): void {
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(goldenPath(file), text);
  }
  assert.equal(text, readFileSync(goldenPath(file), 'utf8'));
}
