import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Analysis, Chain } from '../../../../analysis/index.ts';
import { collectWaitGraph, type GraphNode } from '../../../../src/report/graph/wait-graph.ts';
import { analyzeGolden, DOCUMENTED } from '../../golden-captures.ts';
import { EMPTY, sampleChain, sampleCycle, sampleEdge } from '../sample-analyses.ts';

describe('the wait-for graph', () => {
  for (const name of DOCUMENTED) {
    it(`has a way from each task of the cycle of ${name} to the next`, async () => {
      const analysis = await analyzeGolden(name);
      const { nodes, edges } = collectWaitGraph(analysis);
      const { tasks, edges: cycle } = analysis.cycles[0]!;
      for (const [i, tid] of tasks.entries()) {
        const wait = edges.find(
          ({ type, from, edge }) => type === 'wait' && isTask(nodes[from]!, tid) && edge === cycle[i],
        );
        const hold = edges.find(({ type, from }) => type === 'hold' && from === wait?.to);
        assert.ok(isTask(nodes[hold!.to]!, tasks[(i + 1) % tasks.length]!));
        assert.ok(wait!.inCycle && hold!.inCycle && nodes[wait!.to]!.inCycle);
      }
    });
  }

  it('has a resource once for its holder and once for a task ahead in its queue', async () => {
    const { nodes } = collectWaitGraph(await analyzeGolden('netfs-sb-writers-mmap'));
    const locks = nodes.filter(
      (node) => node.type === 'resource' && node.resource.label?.startsWith('mm_struct'),
    );
    assert.equal(locks.length, 2);
  });

  it('has one node for a task and one for a resource, however many chains pass them', () => {
    const end = sampleEdge({ waiter: 2, blocker: 3, resource: { kind: 'mutex', id: 'b' } });
    const chains = [1, 4, 5].map((waiter) => sampleChain({ links: [sampleEdge({ waiter }), end] }));
    const { nodes, edges } = collectWaitGraph({ ...EMPTY, chains });
    assert.equal(nodes.length, 5 + 2);
    assert.equal(edges.length, 3 + 1 + 1 + 1);
  });

  it('ends chains of different resources at different devices and unknown holders', () => {
    const chains = ['a', 'b'].flatMap((id, i): Chain[] => [
      sampleChain({
        links: [sampleEdge({ waiter: i, resource: { kind: 'io', id }, blocker: null, io: true })],
      }),
      sampleChain({ links: [sampleEdge({ waiter: 9 - i, resource: { kind: 'mutex', id }, blocker: null })] }),
    ]);
    const { nodes } = collectWaitGraph({ ...EMPTY, chains });
    assert.equal(nodes.filter(({ type }) => type === 'device').length, 2);
    assert.equal(nodes.filter(({ type }) => type === 'nobody').length, 2);
  });

  it('leaves out what makes no picture any more, and counts it', () => {
    const chains = Array.from({ length: 100 }, (_, i) =>
      sampleChain({ links: [sampleEdge({ waiter: 100 + i, blocker: 1000 + i })] }),
    );
    const { nodes, omitted } = collectWaitGraph({ ...EMPTY, chains, omittedChains: 7 });
    const drawn = nodes.filter((node) => node.type === 'task' && node.tid < 1000).length;
    assert.ok(drawn > 10 && drawn < 100);
    assert.ok(isTask(nodes[0]!, 100), 'the longest wait comes first');
    assert.deepEqual(omitted, { cycles: 0, chains: 100 - drawn, waits: 7 });
  });

  it('draws one cycle however long it is', () => {
    const tasks = Array.from({ length: 200 }, (_, tid) => tid);
    const edges = tasks.map((waiter) =>
      sampleEdge({ waiter, blocker: (waiter + 1) % 200, resource: { kind: 'mutex', id: String(waiter) } }),
    );
    const cycle = sampleCycle({ tasks, edges });
    const analysis: Analysis = { ...EMPTY, verdict: 'deadlock', cycles: [cycle, cycle] };
    const graph = collectWaitGraph(analysis);
    assert.equal(graph.nodes.length, 400);
    assert.equal(graph.omitted.cycles, 1);
  });
});

function isTask(node: GraphNode, tid: number): boolean {
  return node.type === 'task' && node.tid === tid;
}
