import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildPageModel, type PageModel } from '../../../../../src/report/html/app/model/page-model.ts';
import { collectHeld } from '../../../../../src/report/render-task.ts';
import { addRecord, type Trace, TraceBuilder, type TraceRecord } from '../../../../../src/trace/index.ts';
import { goldenPath, noBrowser, openPage, pageDataOf } from '../open-page.ts';

const WAITERS = 60;
const lock = { kind: 'mutex', res: 'm' };

/** 60 tasks wait for a mutex of one that is seen taking it. */
function queue(): Trace {
  const builder = new TraceBuilder();
  const records: TraceRecord[] = [
    { type: 'hold_begin', ts: 1000, tid: 1, comm: 'owner', ...lock, stack: ['take'] },
    ...Array.from(
      { length: WAITERS },
      (_, i): TraceRecord => ({ type: 'wait_begin', ts: 2000 + i, tid: i + 2, comm: `t${i}`, ...lock }),
    ),
  ];
  for (const record of records) {
    assert.equal(addRecord(builder, record), undefined);
  }
  return builder.finish({ endNs: 1e9 });
}

/** `t-1` and `t-61` of a page that lists so many chains. */
async function ends(maxChains: number): Promise<[model: PageModel, owner: unknown, last: unknown]> {
  const model = buildPageModel(await pageDataOf(queue(), { maxChains }));
  const owner = model.taskByTid.get(1)!;
  return [
    model,
    {
      blocked: owner.blocks.map(({ waiter }) => waiter).toSorted((a, b) => a - b),
      held: collectHeld({ tid: 1, edge: undefined, blocks: owner.blocks }, model.analysis).map(
        ({ text, wantedBy }) => [text, wantedBy.length],
      ),
    },
    model.taskByTid.get(61)!.edges,
  ];
}

describe('what a page says of a task', () => {
  for (const maxChains of [10, 1]) {
    it(`does not depend on how many chains are listed: ${maxChains}`, async () => {
      const [all, allOwner, allLast] = await ends(1000);
      const [few, owner, last] = await ends(maxChains);
      assert.deepEqual(owner, allOwner);
      assert.deepEqual(last, allLast);
      assert.equal(few.analysis.tasks[61]!.name, all.analysis.tasks[61]!.name);
      assert.deepEqual([few.edges.length, few.openEdges.length], [maxChains, WAITERS]);
    });
  }

  it('is the analysis itself where that lists every open wait', async () => {
    const model = buildPageModel(await pageDataOf(goldenPath('ext4-fault-writeback')));
    assert.equal(model.openEdges, model.edges);
  });
});

describe('the details of a task in no listed chain', { skip: noBrowser }, () => {
  it('say what it waits for, and the holder how many wait', async () => {
    await using opened = await openPage(await pageDataOf(queue(), { maxChains: 10 }), { hash: '#t-61' });
    const { page } = opened;
    const said = await page.getByRole('complementary', { name: /./ }).textContent();
    assert.match(said!, /t59:61 waits 1 s for mutex m, held by owner:1 \(traced\)/);
    await page.evaluate(() => {
      location.hash = '#t-1';
    });
    await page.getByRole('heading', { name: 'Waiting for it: 60 tasks' }).waitFor();
    await page.evaluate(() => {
      location.hash = '#r-1';
    });
    await page.getByText('36 more waits').click();
    const edges = page.locator('aside .edges > li');
    // What was folded is rendered once it has been unfolded.
    await edges.nth(WAITERS - 1).waitFor();
    assert.equal(await edges.count(), WAITERS);
  });
});
