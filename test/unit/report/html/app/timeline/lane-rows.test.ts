import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countUnseen, layoutRows } from '../../../../../../src/report/html/app/timeline/lane-rows.ts';
import { buildTimelineModel } from '../../../../../../src/report/html/app/timeline/model.ts';
import { makeTimeline } from './sample-timeline.ts';

describe('countUnseen', () => {
  const model = buildTimelineModel(
    makeTimeline({ interests: ['cycle', 'chain', 'other', 'other', 'other'] }),
    [],
  );
  const collapsed = layoutRows(model, { isExpanded: false });
  const expanded = layoutRows(model, { isExpanded: true });

  it('has the tasks below a height, the one that is cut included', () => {
    assert.equal(countUnseen(expanded, expanded.tops.at(-1)!), 0);
    assert.equal(countUnseen(expanded, expanded.tops.at(-1)! - 1), 1);
    assert.equal(countUnseen(expanded, expanded.tops[1]!), 4);
    assert.equal(countUnseen(expanded, 0), 5);
  });

  it('has the tasks behind the line that stands for them', () => {
    assert.equal(countUnseen(collapsed, collapsed.tops.at(-1)!), 3);
    assert.equal(countUnseen(collapsed, collapsed.tops[1]!), 4);
  });

  it('is nothing where everything is seen, or nothing there', () => {
    const all = layoutRows(model, { isExpanded: false, matching: Uint8Array.of(1, 1, 0, 0, 0) });
    assert.equal(countUnseen(all, all.tops.at(-1)!), 0);
    const none = layoutRows(buildTimelineModel(makeTimeline({ interests: [] }), []), { isExpanded: false });
    assert.equal(countUnseen(none, 100), 0);
  });
});
