import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { changeMedia, goldenPath, nextFrames, noBrowser, openPage } from '../open-page.ts';

const EXT4 = goldenPath('ext4-fault-writeback');
const EDGE_PX = 3;

/** Median brightness, from 0 to 255, of the pixels at both inner edges of a box: what most of the edge shows. */
async function edgesOf(box: Locator): Promise<{ left: number; right: number }> {
  await box.scrollIntoViewIfNeeded();
  const png = (await box.screenshot()).toString('base64');
  return box.evaluate(
    async (_, { png, edgePx }) => {
      const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
      const image = await createImageBitmap(new Blob([bytes]));
      const context = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const median = (x: number) => {
        const column = Array.from({ length: image.height }, (_, y) => data[4 * (y * image.width + x) + 1]!);
        return column.sort((a, b) => a - b)[image.height >> 1]!;
      };
      return { left: median(edgePx), right: median(image.width - 1 - edgePx) };
    },
    { png, edgePx: EDGE_PX },
  );
}

describe('what is wider than a narrow window', { skip: noBrowser }, () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const name of ['Open waits', /^Drawing of cycle/, 'Text of the cycle']) {
      it(`is shaded on the side where there is more: ${name}, ${colorScheme}`, async () => {
        await using opened = await openPage(EXT4, { colorScheme, viewport: { width: 360, height: 740 } });
        const { page } = opened;
        const box = page.getByRole('region', { name });
        const plain = colorScheme === 'light' ? 240 : 60;
        const isShaded = (brightness: number) =>
          colorScheme === 'light' ? brightness < plain - 30 : brightness > plain + 15;
        const atBegin = await edgesOf(box);
        assert.deepEqual([isShaded(atBegin.left), isShaded(atBegin.right)], [false, true], 'at its begin');
        await box.evaluate((element) => element.scrollTo({ left: element.scrollWidth, behavior: 'instant' }));
        await nextFrames(page);
        const atEnd = await edgesOf(box);
        assert.deepEqual([isShaded(atEnd.left), isShaded(atEnd.right)], [true, false], 'at its end');
      });
    }
  }

  it('fits on paper, without a shade', async () => {
    await using opened = await openPage(EXT4, { viewport: { width: 360, height: 740 } });
    const { page } = opened;
    await changeMedia(page, { media: 'print' });
    const beyondPx = await page
      .locator('.scroll-box svg, .scroll-box pre, .scroll-box table')
      .evaluateAll((all) =>
        all.map((one) => one.getBoundingClientRect().right - document.documentElement.clientWidth),
      );
    assert.ok(Math.max(...beyondPx) <= 0, beyondPx.join());
    const images = await page
      .locator('.scroll-box')
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundImage));
    assert.deepEqual([...new Set(images)], ['none']);
  });
});
