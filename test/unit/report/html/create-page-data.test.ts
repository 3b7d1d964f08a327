import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trimStack } from '../../../../src/report/stack-text.ts';
import { holdBegin, traceOf, waitBegin } from '../../analysis/trace-of.ts';
import { pageDataOf } from './page-of.ts';

const LONG = 'x'.repeat(5000);

describe('what a page is told of texts that are too long', () => {
  it('is how long they were, once', async () => {
    const { analysis, timeline, text } = await pageDataOf(
      traceOf([
        holdBegin(0, 1, 'mutex', LONG, { stack: [LONG] }),
        waitBegin(1e9, 2, 'mutex', LONG, { stack: [LONG] }),
        waitBegin(2e9, 1, 'mutex', 'y'),
      ]),
    );
    const [{ links }] = analysis.chains as [(typeof analysis.chains)[number]];
    const [shown] = trimStack(links[0]!.stack).lines;
    for (const one of [shown!, timeline.resources[0]!.id, timeline.frames[0]!]) {
      assert.match(one, /^x{900}… \(5,000 characters\)$/);
    }
    assert.doesNotMatch(text, /[^5],\d{3} characters/);
  });

  it('is all of a line of what was kept, which has a limit of its own', async () => {
    const lines = `${LONG}\n\tshort\x1b`;
    const trace = {
      ...traceOf([holdBegin(0, 1, 'mutex', 'm')]),
      attachments: [{ name: 'log', text: lines }],
    };
    const { attachments } = await pageDataOf(trace);
    assert.equal(attachments[0]?.text, `${LONG}\n\tshort\\x1b`);
  });
});
