import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

/** Three times what fills a set of tables, so that several are begun. */
const WAITS = 300_000;
/** Of what is in use after a collection: room for what happens to be open or new at that moment. */
const LARGEST_RATIO = 1.5;

interface LongWatch {
  readonly heapBytes: readonly number[];
  readonly found: readonly string[];
  readonly tasks: readonly number[];
}

describe('a watch of hundreds of thousands of records about ever new resources', { timeout: 600_000 }, () => {
  it('takes no more memory at the end than at the beginning, and knows what was open all the time', async () => {
    const program = join(import.meta.dirname, 'long-watch.ts');
    const args = ['--expose-gc', '--max-old-space-size=256', program, String(WAITS)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { heapBytes, found, tasks } = JSON.parse(stdout) as LongWatch;
    assert.ok(heapBytes.length >= 10);
    const [first, last] = [Math.max(...heapBytes.slice(0, 2)), Math.max(...heapBytes.slice(-2))];
    assert.ok(last <= first * LARGEST_RATIO, `in use, bytes: ${heapBytes.join(', ')}`);
    assert.deepEqual([found, tasks], [['deadlock'], [1, 2]]);
  });
});
