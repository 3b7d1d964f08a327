import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goldenPath, noBrowser, openPage, pageDataOf } from '../open-page.ts';

describe('the sign of a verdict', { skip: noBrowser }, () => {
  const signOf = async (golden: string, events?: number) => {
    const data = await pageDataOf(goldenPath(golden));
    const capture = { ...data.analysis.capture, events: events ?? data.analysis.capture.events };
    await using opened = await openPage({ ...data, analysis: { ...data.analysis, capture } });
    const section = opened.page.locator('section.verdict');
    return [await section.locator('.sign').textContent(), await section.locator('h1').textContent()].join(
      ' ',
    );
  };

  it('is good only where something was recorded, and nothing lost', async () => {
    assert.match(await signOf('nothing-waits'), /^✓ .*NO DEADLOCK: nothing was waiting at the end$/);
    assert.match(await signOf('nothing-waits', 0), /^! .*NO DEADLOCK: no wait was recorded$/);
    assert.match(await signOf('losses'), /^! /);
  });

  it('is that of a deadlock', async () => {
    assert.match(await signOf('ext4-fault-writeback'), /^✖ .*DEADLOCK: /);
  });
});
