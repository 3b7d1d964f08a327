import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageData } from '../../../../../src/report/html/page-data.ts';
import { goldenPath, nextFrames, noBrowser, openPage, pageDataOf } from '../open-page.ts';

const COUNT = 100_000;

/** A page with very many waits, each of a length of its own. */
async function manyWaits(): Promise<PageData> {
  const data = await pageDataOf(goldenPath('convoy'));
  const { lanes, waits } = data.timeline;
  const column = (of: (row: number) => number) => Array.from({ length: COUNT }, (_, row) => of(row));
  const pick = (values: readonly number[]) => column((row) => values[row % values.length]!);
  const perLane = Math.ceil(COUNT / lanes.length);
  return {
    ...data,
    timeline: {
      ...data.timeline,
      waits: {
        lane: column((row) => Math.floor(row / perLane)),
        beginNs: column((row) => (row % perLane) * 80_000),
        durationNs: column((row) => 1000 + ((row * 7919) % COUNT)),
        resource: pick(waits.resource),
        stack: pick(waits.stack),
        mode: pick(waits.mode),
        end: column(() => 1),
        blocker: pick(waits.blocker),
        blockers: pick(waits.blockers),
        evidence: pick(waits.evidence),
        hard: pick(waits.hard),
      },
    },
  };
}

describe('a table of 100,000 rows', { skip: noBrowser }, () => {
  it('has those in the document that are seen, and says how many there are', async () => {
    await using opened = await openPage(await manyWaits());
    const { page } = opened;
    const box = page.getByRole('region', { name: 'All waits' });
    const rows = box.getByRole('rowheader');
    assert.equal(await box.getByRole('table').getAttribute('aria-rowcount'), String(COUNT + 1));
    assert.ok((await rows.count()) < 80);
    const lastRow = box.locator(`tr[aria-rowindex="${COUNT + 1}"]`);
    await box.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await lastRow.waitFor();
    assert.equal(await lastRow.getByRole('cell').nth(1).textContent(), '1 µs');
    assert.ok((await rows.count()) < 80);
    const [rowBox, tableBox] = [(await lastRow.boundingBox())!, (await box.boundingBox())!];
    assert.ok(rowBox.y + rowBox.height <= tableBox.y + tableBox.height + 1, 'the last row can be seen');
  });

  it('scrolls to what an address names, and to what the keys go to', async () => {
    await using opened = await openPage(await manyWaits(), { hash: '#tw-77777' });
    const { page } = opened;
    const chosen = page.getByRole('region', { name: 'All waits' }).locator('a[aria-current="true"]');
    await chosen.waitFor();
    assert.equal(await chosen.getAttribute('href'), '#tw-77777');
    await chosen.focus();
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press('ArrowDown');
      // The rows beyond are there once the table has heard that it was scrolled.
      await nextFrames(page);
    }
    const before = Number(await chosen.count());
    const focused = page.locator(':focus');
    assert.match((await focused.getAttribute('href'))!, /^#tw-\d+$/);
    assert.notEqual(await focused.getAttribute('href'), '#tw-77777');
    assert.equal(before, 0, 'the row that was left behind is no longer in the document');
  });

  it('is filtered and sorted', async () => {
    await using opened = await openPage(await manyWaits());
    const { page } = opened;
    const box = page.getByRole('region', { name: 'All waits' });
    await page.getByRole('searchbox', { name: 'Filter' }).fill('backup:7');
    await page.getByText(/rows match/).waitFor();
    const names = await box
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader') })
      .allTextContents();
    assert.ok(names.length > 10 && names.every((text) => text.includes('backup:7')));
    await page.getByRole('searchbox', { name: 'Filter' }).fill('');
    await page.getByText(/rows match/).waitFor({ state: 'detached' });
    await box.getByRole('columnheader', { name: 'from' }).getByRole('button').click();
    assert.equal(
      await box.getByRole('columnheader', { name: 'from' }).getAttribute('aria-sort'),
      'descending',
    );
    const [first] = await box.locator('tr[aria-rowindex="2"]').getByRole('cell').nth(2).allTextContents();
    assert.match(first!, /^1\.3/);
  });
});
