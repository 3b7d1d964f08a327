import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { analyzeInput, withInputSource } from '../../../../src/cli/shared/load-input.ts';
import { applyVerbosity } from '../../../../src/cli/shared/verbosity.ts';
import { goldenPath } from '../../golden-captures.ts';

const FILE = goldenPath('convoy.ndjson');

/** What stands behind `reading FILE`, and the last count of events, of each step of the work. */
async function stepsOf(t: TestContext, work: (signal: AbortSignal) => Promise<unknown>) {
  const write = t.mock.method(process.stderr, 'write', () => true);
  applyVerbosity({ verbose: true });
  await work(new AbortController().signal);
  const said = write.mock.calls.map(({ arguments: [text] }) => String(text));
  write.mock.restore();
  const steps = said.filter((text) => text.startsWith(`reading ${FILE}`));
  return steps.map((text) => /^reading \S+ (.*?) *[\d.]+ .?s {2}(\d+) events/.exec(text)?.slice(1));
}

describe('what is said while a capture is read', () => {
  after(() => applyVerbosity({}));

  it('begins anew with each reading, whatever its pass is called', async (t) => {
    const steps = await stepsOf(t, (signal) =>
      withInputSource(FILE, 'once more', signal, async (_, onProgress) => {
        await onProgress({ pass: 1, events: 10, share: 0.5 });
        await onProgress({ pass: 1, events: 20, share: 1 });
        await onProgress({ pass: 1, events: 5, share: 0.25 });
        await onProgress({ pass: 2, events: 20, share: 1 });
      }),
    );
    assert.deepEqual(steps, [
      ['', '20'],
      ['once more', '5'],
      ['once more', '20'],
    ]);
  });

  it('says that a capture is read for its end first, where a time is counted from there', async (t) => {
    const atEnd = await stepsOf(t, (signal) =>
      analyzeInput(FILE, ({ endNs }) => ({ atNs: endNs }), signal, 'to find r-1'),
    );
    const [[, events] = []] = atEnd;
    assert.ok(Number(events) > 0);
    assert.deepEqual(atEnd, [
      ['to find its end', events],
      ['to find r-1', events],
    ]);
    assert.deepEqual(await stepsOf(t, (signal) => analyzeInput(FILE, {}, signal)), [['', events]]);
  });

  it('ends the reading of a kernel log when it is told to', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-load-input-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const log = '[    0.000000] Linux version 6.1.0 (x) #1 SMP\n';
    for (const [name, content] of [
      ['plain', log],
      ['packed.gz', gzipSync(log)],
      ['packed.zst', zstdCompressSync(log)],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, content);
      const reason = new Error('interrupted');
      await assert.rejects(analyzeInput(path, {}, AbortSignal.abort(reason)), reason, name);
    }
  });
});
