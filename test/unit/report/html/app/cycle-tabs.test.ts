import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addRecord, type Trace, TraceBuilder, type TraceRecord } from '../../../../../src/trace/index.ts';
import { noBrowser, openPage, pageDataOf } from '../open-page.ts';

/** Tasks 1 and 2 wait for each other, and so do 3 and 4. */
function twoDeadlocks(): Trace {
  const builder = new TraceBuilder();
  const records = [1, 3].flatMap((tid): TraceRecord[] => {
    const [a, b] = [
      { kind: 'mutex', res: `of ${tid}` },
      { kind: 'mutex', res: `of ${tid + 1}` },
    ];
    return [
      { type: 'hold_begin', ts: 10 * tid, tid, ...a },
      { type: 'hold_begin', ts: 10 * tid, tid: tid + 1, ...b },
      { type: 'wait_begin', ts: 10 * tid + 1, tid, ...b },
      { type: 'wait_begin', ts: 10 * tid + 1, tid: tid + 1, ...a },
    ];
  });
  for (const record of records) {
    assert.equal(addRecord(builder, record), undefined);
  }
  return builder.finish({ endNs: 1e9 });
}

describe('the tabs of cycles', { skip: noBrowser }, () => {
  it('show the cycle of what is selected, also where one looked at another in between', async () => {
    await using opened = await openPage(await pageDataOf(twoDeadlocks()), { hash: '#c-1' });
    const { page } = opened;
    const tab = (name: RegExp, selected: boolean) => page.getByRole('tab', { name, selected }).waitFor();
    await tab(/^c-1/, true);
    await page.getByRole('tab', { name: /^c-2/ }).click();
    await tab(/^c-2/, true);
    const tasks = page.getByRole('region', { name: 'Tasks' });
    await tasks.getByRole('link', { name: '1', exact: true }).click();
    await page.getByRole('heading', { name: 't-1 task' }).waitFor();
    await tab(/^c-1/, true);
  });
});
