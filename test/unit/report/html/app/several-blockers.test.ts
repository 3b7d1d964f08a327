import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
    const names = 'reader:140, reader:101, reader:102, .*, reader:107 and 32 more \\(traced\\)';
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

  it('is found by each of them', async () => {
    await using opened = await openPage(await pageDataOf(crowd()));
    const { page } = opened;
    await page.getByRole('searchbox').fill('reader:115');
    const rows = page.getByRole('region', { name: 'All waits' }).getByRole('rowheader');
    await rows.filter({ hasText: 'reader:140' }).waitFor({ state: 'detached' });
    assert.deepEqual(await rows.allTextContents(), ['writer:1']);
  });
});
