import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageData } from '../../../../../src/report/html/page-data.ts';
import { changeMedia, goldenPath, noBrowser, openPage, pageDataOf } from '../open-page.ts';

const FRAMES = 100_000;

/** A page whose longest chain has a stack that no kernel has. */
async function withLongStack(): Promise<PageData> {
  const data = await pageDataOf(goldenPath('ext4-fault-writeback'));
  const { chains, ...analysis } = data.analysis;
  const stack = Array.from({ length: FRAMES }, (_, i) => `frame_${i}+0x1/0x2`);
  const [{ links, ...chain }, ...rest] = chains as [(typeof chains)[number]];
  const long = { ...chain, links: links.map((link) => ({ ...link, stack })) };
  return { ...data, analysis: { ...analysis, chains: [long, ...rest] } };
}

describe('a stack of 100,000 frames', { skip: noBrowser }, () => {
  it('is in the document as far as it was unfolded', async () => {
    await using opened = await openPage(await withLongStack(), { hash: '#w-1' });
    const { page } = opened;
    const stack = page.getByRole('complementary').locator('.stack').first();
    const frames = stack.locator('li');
    await frames.first().waitFor();
    assert.equal(await frames.count(), 16);
    await stack.getByText('whole stack, 100,000 frames, 99,984 of them not above').click();
    await stack.getByText('frame_499+0x1/0x2').waitFor();
    assert.equal(await frames.count(), 16 + 500);
    await stack.getByText('99,500 more frames').click();
    await stack.getByText('frame_999+0x1/0x2').waitFor();
    assert.equal(await frames.count(), 16 + 1000);
  });
});

describe('whole stacks', { skip: noBrowser }, () => {
  it('are not in the document before they are unfolded, and on paper they are', async () => {
    await using opened = await openPage(goldenPath('ext4-fault-writeback-orders'));
    const { page } = opened;
    const whole = page.locator('.potential .stack details');
    const lengths = () => whole.evaluateAll((all) => all.map((one) => one.querySelectorAll('li').length > 0));
    assert.ok((await whole.count()) > 0);
    assert.ok((await lengths()).every((isThere) => !isThere));
    await changeMedia(page, { media: 'print' });
    assert.ok((await lengths()).every((isThere) => isThere));
    await changeMedia(page, { media: 'screen' });
    assert.ok((await lengths()).every((isThere) => !isThere));
    await page.evaluate(() => {
      addEventListener('beforeprint', () =>
        queueMicrotask(() => {
          const all = [...document.querySelectorAll('.potential .stack details')];
          document.title = `printed ${all.every((one) => one.querySelector('li') !== null)}`;
        }),
      );
    });
    await page.pdf();
    assert.equal(await page.title(), 'printed true');
  });
});
