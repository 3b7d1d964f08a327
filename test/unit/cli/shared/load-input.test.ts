import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { withInputSource } from '../../../../src/cli/shared/load-input.ts';
import { applyVerbosity } from '../../../../src/cli/shared/verbosity.ts';
import { goldenPath } from '../../golden-captures.ts';

describe('what is said while a capture is read', () => {
  after(() => applyVerbosity({}));

  it('begins anew with each reading, whatever its pass is called', async (t) => {
    const write = t.mock.method(process.stderr, 'write', () => true);
    applyVerbosity({ verbose: true });
    const file = goldenPath('convoy.ndjson');
    await withInputSource(file, 'once more', new AbortController().signal, async (_, onProgress) => {
      await onProgress({ pass: 1, events: 10, share: 0.5 });
      await onProgress({ pass: 1, events: 20, share: 1 });
      await onProgress({ pass: 1, events: 5, share: 0.25 });
      await onProgress({ pass: 2, events: 20, share: 1 });
    });
    const said = write.mock.calls.map(({ arguments: [text] }) => String(text));
    write.mock.restore();
    const steps = said.filter((text) => text.startsWith(`reading ${file}`));
    assert.deepEqual(
      steps.map((text) => /^reading \S+( once more)?.* (\d+) events/.exec(text)?.slice(1)),
      [
        [undefined, '20'],
        [' once more', '5'],
        [' once more', '20'],
      ],
    );
  });
});
