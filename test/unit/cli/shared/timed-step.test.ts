import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Progress } from '../../../../src/cli/shared/progress.ts';
import { beginTimedStep } from '../../../../src/cli/shared/timed-step.ts';
import { temporaryFolder } from '../../store/sample-trace.ts';

describe('a step that is remembered', () => {
  it('says how long the same took the last time that it was done', (t) => {
    process.env.XDG_CACHE_HOME = temporaryFolder(t);
    let nowMs = 0;
    t.mock.method(performance, 'now', () => nowMs);
    const begun: (readonly [text: string, lastMs: number | undefined])[] = [];
    const progress: Progress = {
      step: (text, outlook) => begun.push([text, outlook?.lastMs]),
      detail: () => {},
      note: () => {},
      verbose: () => {},
      end: () => {},
    };
    const attach = (tookMs: number, isDone: boolean, name?: string) => {
      const end = beginTimedStep(progress, 'attaching', name);
      nowMs += tookMs;
      if (isDone) {
        end();
      }
    };
    attach(30_000, true);
    attach(100, false);
    attach(20_000.4, true);
    attach(9000, true, 'attaching for ext4');
    attach(1, true);
    attach(1, true, 'attaching for ext4');
    assert.deepEqual(begun, [
      ['attaching', undefined],
      ['attaching', 30_000],
      ['attaching', 30_000],
      ['attaching', undefined],
      ['attaching', 20_000],
      ['attaching', 9000],
    ]);
  });
});
