import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { goldenPath, nextFrames, noBrowser, openPage } from '../open-page.ts';

/** The details are beside the report, which is narrower with them; in a small window they lie over it. */
const WIDE = { width: 1440, height: 900 };

describe('what is looked at', { skip: noBrowser }, () => {
  it('stays where it is seen when its link is followed, and when the details are closed', async () => {
    await using opened = await openPage(goldenPath('ext4-fault-writeback'), { viewport: WIDE });
    const { page } = opened;
    const waits = page.getByRole('region', { name: 'Open waits' });
    const link = waits.getByRole('link', { name: 'sync:502' }).first();
    await bringToMiddle(link);
    const widthBefore = (await waits.boundingBox())!.width;
    await staysWhere(link, () => link.click());
    await page.getByRole('heading', { name: 't-502 task' }).waitFor();
    assert.ok((await waits.boundingBox())!.width < widthBefore);
    await staysWhere(link, () => page.keyboard.press('Escape'));
    await staysWhere(link, () => waits.getByRole('row', { name: /^sync:502/ }).click());
    await page.getByRole('heading', { name: 't-502 task' }).waitFor();
  });

  async function bringToMiddle(one: Locator): Promise<void> {
    await one.evaluate((element) => element.scrollIntoView({ block: 'center', behavior: 'instant' }));
  }

  async function staysWhere(one: Locator, act: () => Promise<void>): Promise<void> {
    const before = (await one.boundingBox())!.y;
    await act();
    await nextFrames(one.page());
    const moved = (await one.boundingBox())!.y - before;
    assert.ok(Math.abs(moved) < 60, `moved by ${moved} px`);
  }
});
