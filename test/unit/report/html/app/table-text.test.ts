import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { goldenPath, noBrowser, openPage } from '../open-page.ts';

describe('the text of tables', { skip: noBrowser }, () => {
  for (const width of [360, 768, 1280]) {
    it(`keeps to its column, and numbers to one line, at ${width} pixels`, async () => {
      for (const name of ['ext4-fault-writeback', 'convoy', 'diamond']) {
        await using opened = await openPage(goldenPath(name), { viewport: { width, height: 800 } });
        const faults = await opened.page.locator('table :is(th, td)').evaluateAll((cells) =>
          cells.flatMap((cell) => {
            const text = document.createRange();
            text.selectNodeContents(cell);
            const isBeyond = text.getBoundingClientRect().right > cell.getBoundingClientRect().right;
            const isBroken = cell.matches('td.number') && text.getClientRects().length > 1;
            return isBeyond || isBroken ? [cell.textContent] : [];
          }),
        );
        assert.deepEqual(faults, [], name);
      }
    });
  }
});
