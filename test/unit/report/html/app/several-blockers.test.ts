import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildPageModel } from '../../../../../src/report/html/app/model/page-model.ts';
import { addRecord, type Trace, TraceBuilder, type TraceRecord } from '../../../../../src/trace/index.ts';
import { noBrowser, openPage, pageDataOf } from '../open-page.ts';

const READERS = 40;

/** A writer waits for 40 readers of a semaphore; the last of them waits for what the writer has. */
function crowd(): Trace {
  const builder = new TraceBuilder();
  const shared = { kind: 'rwsem', res: 's' };
  const owned = { kind: 'mutex', res: 'm' };
  const records: TraceRecord[] = [
    { type: 'hold_begin', ts: 0, tid: 1, comm: 'writer', ...owned },
    ...Array.from(
      { length: READERS },
      (_, i): TraceRecord => ({
        type: 'hold_begin',
        ts: 1 + i,
        tid: 101 + i,
        comm: 'reader',
        mode: 'read',
        ...shared,
      }),
    ),
    { type: 'wait_begin', ts: 1000, tid: 1, mode: 'write', ...shared },
    { type: 'wait_begin', ts: 2000, tid: 100 + READERS, ...owned },
  ];
  for (const record of records) {
    assert.equal(addRecord(builder, record), undefined);
  }
  return builder.finish({ endNs: 1e9 });
}

describe('a wait for several tasks', { skip: noBrowser }, () => {
  it('names some of them, whom the cycle goes through first, and lists them in its details', async () => {
    await using opened = await openPage(await pageDataOf(crowd()));
    const { page } = opened;
    await page.getByRole('application').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    const names = 'reader:140, reader:101, reader:102, .*, reader:106 and 33 others \\(traced\\)';
    await page
      .locator('.timeline-tooltip')
      .getByText(new RegExp(`^held by ${names}$`))
      .waitFor();
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary');
    await panel.getByRole('heading', { name: 'Waits for 40 tasks' }).waitFor();
    await panel.getByText('8 more tasks not on this page').waitFor();
    await panel.getByText('12 more tasks', { exact: true }).click();
    await panel.getByRole('link', { name: 'reader:131' }).click();
    await page.getByRole('heading', { name: 't-131 task' }).waitFor();
  });

  it('is one that each of them lets wait', async () => {
    const model = buildPageModel(await pageDataOf(crowd()));
    const waitersOf = (tid: number) => model.taskByTid.get(tid)?.waiters;
    assert.deepEqual([waitersOf(1), waitersOf(101), waitersOf(100 + READERS)], [[100 + READERS], [1], [1]]);
    await using opened = await openPage(await pageDataOf(crowd()), { hash: '#t-101' });
    const panel = opened.page.getByRole('complementary');
    await panel.getByRole('heading', { name: 'Waiting for it: 1 task' }).waitFor();
    const row = opened.page.getByRole('region', { name: 'Tasks' }).getByRole('row', { name: /^reader:101/ });
    assert.deepEqual((await row.getByRole('cell').allTextContents()).slice(0, 3), ['not waiting', '', '1']);
  });

  it('is found by each of them', async () => {
    await using opened = await openPage(await pageDataOf(crowd()));
    const { page } = opened;
    await page.getByRole('searchbox').fill('reader:115');
    const rows = page.getByRole('region', { name: 'All waits' }).getByRole('rowheader');
    await rows.filter({ hasText: 'reader:140' }).waitFor({ state: 'detached' });
    assert.deepEqual(await rows.allTextContents(), ['writer:1']);
  });
});
