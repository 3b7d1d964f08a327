import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeTrace } from '../../../analysis/index.ts';
import { collectHeld } from '../../../src/report/render-task.ts';
import { addRecord, TraceBuilder } from '../../../src/trace/index.ts';

describe('what a task holds that it was not seen taking', () => {
  it('is wanted by everyone who waits for it', () => {
    const builder = new TraceBuilder();
    const lock = { kind: 'mutex', res: 'm', holder: 1, evidence: 'owner-field' } as const;
    for (const tid of [2, 3, 4]) {
      assert.equal(addRecord(builder, { type: 'wait_begin', ts: tid, tid, ...lock }), undefined);
    }
    const analysis = analyzeTrace(builder.finish({ endNs: 1e9 }));
    const blocks = analysis.chains.flatMap(({ links }) => links);
    const held = collectHeld({ tid: 1, edge: undefined, blocks }, analysis);
    assert.deepEqual(
      held.map(({ text, wantedBy }) => [text, wantedBy]),
      [['mutex m (not seen taking it)', [2, 3, 4]]],
    );
  });
});
