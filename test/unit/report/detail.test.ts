import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyzeTrace, findHandle, listResources } from '../../../analysis/index.ts';
import { collectDetail, type DetailItem, detailSchema } from '../../../src/report/detail.ts';
import { NO_COLOURS } from '../../../src/report/palette.ts';
import { listEdges, renderDetail } from '../../../src/report/render-detail.ts';
import type { Trace } from '../../../src/trace/index.ts';
import { holdBegin, traceOf, waitBegin } from '../analysis/trace-of.ts';
import { analyzeGolden, GOLDEN } from '../golden-captures.ts';
import { createValidator } from './analysis-validator.ts';
import { arbitraryTrace } from './arbitrary-trace.ts';

const validate = createValidator(detailSchema);
const STYLE = { width: 100, palette: NO_COLOURS, fullStacks: false };
const ASK = { allEdges: true, waitTimes: { detail: true } } as const;

/** Every handle that there is. */
function listHandles({ cycles, chains, tasks, waitTimes, ...analysis }: Analysis): string[] {
  const count = (letter: string, most: number) =>
    Array.from({ length: most }, (_, i) => `${letter}-${i + 1}`);
  return [
    ...count('c', cycles.length),
    ...count('w', chains.length),
    ...Object.keys(tasks).map((tid) => `t-${tid}`),
    ...count('r', listResources({ cycles, chains, tasks, ...analysis }).length),
    ...count('l', waitTimes?.detail?.longest.rows.length ?? 0),
  ];
}

function detailOf(analysis: Analysis, handles: readonly string[]) {
  const detail = collectDetail(
    handles.map((handle) => findHandle(analysis, handle)!),
    analysis,
  );
  return JSON.parse(JSON.stringify(detail));
}

function checkAll(analysis: Analysis): void {
  const handles = listHandles(analysis);
  if (handles.length > 0) {
    const detail = detailOf(analysis, handles);
    validate(detail);
    assert.deepEqual(
      detail.items.map(({ handle }: DetailItem) => handle),
      handles,
    );
  }
}

/** 80 tasks that want what one has, two of several who may read another, and a third, whom nobody waits for. */
const MANY: Trace = traceOf([
  holdBegin(0, 1, 'mutex', 'a'),
  ...[2, 3, 4].map((tid) => ({ ...holdBegin(tid, tid, 'rwsem', 'b'), mode: 'read' as const })),
  ...Array.from({ length: 80 }, (_, i) => waitBegin(1000 - i, 100 + i, 'mutex', 'a', { holder: 1 })),
  { ...waitBegin(2000, 300, 'rwsem', 'b'), mode: 'write' as const },
]);

describe('what is told of a handle', () => {
  it('is as its schema says', async () => {
    for (const name of GOLDEN) {
      checkAll(await analyzeGolden(name, ASK));
    }
  });

  it('is as its schema says, of any trace', () => {
    fc.assert(
      fc.property(arbitraryTrace, (trace) => checkAll(analyzeTrace(trace, ASK))),
      { numRuns: 200 },
    );
  });

  it('counts what is in no chain that is listed', () => {
    const analysis = analyzeTrace(MANY, ASK);
    assert.equal(analysis.chains.length, 50);
    const task = findHandle(analysis, 't-1')!;
    const position = listResources(analysis).findIndex(({ id }) => id === 'a');
    const handle = `r-${position + 1}`;
    const [ofTask, ofResource] = detailOf(analysis, ['t-1', handle]).items;
    assert.deepEqual([ofTask.waits.length, ofTask.blocks.length], [0, 80]);
    assert.deepEqual([ofResource.holders, ofResource.waits.length], [[1], 80]);
    assert.deepEqual(
      ofResource.waits.map(({ waiter }: { waiter: number }) => waiter),
      Array.from({ length: 80 }, (_, i) => 179 - i),
    );
    assert.match(renderDetail(task, analysis, STYLE), /wanted by 179, 178 and 78 others/);
    const text = renderDetail(findHandle(analysis, handle)!, analysis, STYLE);
    assert.match(text, /waited for by: 80 tasks\n[\s\S]*\n {2}… 30 more waits: --full-stacks\n$/);
    assert.ok(
      renderDetail(findHandle(analysis, handle)!, analysis, { ...STYLE, fullStacks: true }).includes(' 100 '),
    );
  });

  it('names every holder, also those that no chain goes on with', () => {
    const analysis = analyzeTrace(MANY, { ...ASK, maxChains: 0 });
    const position = listResources(analysis).findIndex(({ id }) => id === 'b');
    const [item] = detailOf(analysis, [`r-${position + 1}`]).items;
    assert.deepEqual(item.holders, [2, 3, 4]);
  });

  it('leaves handles as they are', () => {
    fc.assert(
      fc.property(arbitraryTrace, (trace) => {
        const { edges, tasks, ...all } = analyzeTrace(trace, { allEdges: true, maxChains: 1 });
        const { tasks: listed, ...without } = analyzeTrace(trace, { maxChains: 1 });
        assert.deepEqual(all, without);
        for (const tid of Object.keys(listed)) {
          assert.deepEqual(tasks[tid], listed[tid]);
        }
        const keys = (found: readonly object[]) => new Set(found.map((edge) => JSON.stringify(edge)));
        const wanted = keys(listEdges(analyzeTrace(trace, { maxChains: 0 })));
        assert.deepEqual(
          [...wanted].filter((key) => !keys(edges!).has(key)),
          [],
        );
      }),
      { numRuns: 200 },
    );
  });
});
