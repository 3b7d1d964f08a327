import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { longTrace } from './long-trace.ts';
import { nextFrames, noBrowser, openPage, pageDataOf } from './open-page.ts';

const WAITS = 120_000;

describe('the page of 120,000 waits', { skip: noBrowser, timeout: 300_000 }, () => {
  it('has the longest 100,000, says what it lacks, is drawn and zoomed', async () => {
    const data = await pageDataOf(longTrace(WAITS));
    await using opened = await openPage(data);
    const { page, html } = opened;
    assert.ok(html.length < 4e6, `${html.length} bytes`);
    assert.equal(data.timeline.waits.lane.length, 100_000);
    await page
      .getByRole('heading', { level: 1, name: /DEADLOCK: fault-task:5001 and writer:5002/ })
      .waitFor();
    await page
      .getByText(/20,002 shorter waits/)
      .first()
      .waitFor();

    const range = page.locator('.timeline-range');
    const canvas = page.getByRole('application').locator('canvas');
    await canvas.scrollIntoViewIfNeeded();
    const colours = () =>
      canvas.evaluate((element: HTMLCanvasElement) => {
        const copy = new OffscreenCanvas(element.width, element.height).getContext('2d')!;
        copy.drawImage(element, 0, 0);
        const { data: pixels } = copy.getImageData(0, 0, element.width, element.height);
        return new Set(new Uint32Array(pixels.buffer)).size;
      });
    await nextFrames(page);
    assert.ok((await colours()) > 3);

    await page.getByRole('button', { name: 'Whole capture' }).click();
    await page.locator('.timeline-range', { hasText: 'Shown: all' }).waitFor();
    await page.getByRole('button', { name: /more tasks?:/ }).click();
    for (let i = 0; i < 10; i++) {
      const before = await range.textContent();
      await page.getByRole('button', { name: 'Zoom in' }).click();
      await page.waitForFunction(
        (old) => document.querySelector('.timeline-range')!.textContent !== old,
        before,
      );
    }
    await nextFrames(page);
    assert.ok((await colours()) > 3);
  });
});
