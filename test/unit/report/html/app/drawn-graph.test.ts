import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Analysis, Chain, Cycle, Edge } from '../../../../../analysis/index.ts';
import { outlineOf, pathThrough } from '../../../../../src/report/html/app/drawing/draw-lines.ts';
import { drawChainsGraph } from '../../../../../src/report/html/app/drawing/drawn-chains.ts';
import { drawCycleGraph } from '../../../../../src/report/html/app/drawing/drawn-graph.ts';
import { placeGraph } from '../../../../../src/report/html/app/drawing/place-graph.ts';
import { buildPageModel, type PageModel } from '../../../../../src/report/html/app/model/page-model.ts';
import { modelOf } from './model-of.ts';

const GOLDEN = [
  'ext4-fault-writeback',
  'pcpu-alloc-reclaim',
  'netfs-sb-writers-mmap',
  'shmem-seals-cpu-hotplug',
  'memcg-irq-nesting',
  'self-deadlock',
  'soft-ring',
  'hostile-names',
];

describe('the drawing of a cycle', () => {
  for (const name of GOLDEN) {
    it(`of ${name} leads from every waiter over what it waits for to who has it`, async () => {
      const model = await modelOf(name);
      const { edges } = model.analysis.cycles[0]!;
      const drawn = drawCycleGraph(model, 0);
      for (const { waiter, blocker } of edges) {
        const wait = drawn.edges.find(
          ({ from, style }) => style === 'wait' && handleAt(drawn, from) === `t-${waiter}`,
        )!;
        const hold = drawn.edges.find(
          ({ from, to }) => from === wait.to && handleAt(drawn, to) === `t-${blocker}`,
        );
        assert.ok(hold, `${waiter} to ${blocker}`);
        assert.notEqual(hold.label, '');
      }
    });

    it(`of ${name} has room for every box`, async () => {
      const placed = placeGraph(drawCycleGraph(await modelOf(name), 0));
      for (const [i, a] of placed.nodes.entries()) {
        assert.ok(a.x - a.width / 2 >= 0 && a.x + a.width / 2 <= placed.width, a.title);
        for (const b of placed.nodes.slice(i + 1)) {
          const apart =
            Math.abs(a.x - b.x) >= (a.width + b.width) / 2 ||
            Math.abs(a.y - b.y) >= (a.height + b.height) / 2;
          assert.ok(apart, `${a.title} lies on ${b.title}`);
        }
      }
    });
  }

  for (const name of GOLDEN) {
    it(`of ${name} has arrows that begin and end at their boxes, and texts that lie on none`, async () => {
      const { nodes, edges, width } = placeGraph(drawCycleGraph(await modelOf(name), 0));
      for (const { from, to, points, at: text, lines, side } of edges) {
        for (const [point, node] of [
          [points[0]!, nodes[from]!],
          [points.at(-1)!, nodes[to]!],
        ] as const) {
          assert.ok(Math.abs(Math.abs(point.y - node.y) - node.height / 2) < 0.2, node.title);
          assert.ok(Math.abs(point.x - node.x) < node.width / 2, node.title);
        }
        const wide = Math.max(...lines.map((line) => line.length)) * 6.4;
        const [left, right] = side === 'left' ? [text.x - wide, text.x] : [text.x, text.x + wide];
        assert.ok(left >= 0 && right <= width);
        const isFree = nodes.every(
          (node) =>
            right <= node.x - node.width / 2 ||
            left >= node.x + node.width / 2 ||
            Math.abs(text.y - node.y) >= (node.height + lines.length * 14) / 2,
        );
        assert.ok(lines[0] === '' || isFree, lines.join());
      }
    });
  }

  it('says the roles of the documented deadlock and counts who is stuck behind', async () => {
    const { nodes } = drawCycleGraph(await modelOf('ext4-fault-writeback'), 0);
    const lines = nodes.flatMap((node) => node.lines);
    assert.ok(lines.includes('in the role "writer"') && lines.includes('in the role "fault"'));
    assert.equal(lines.filter((line) => line === '1 task stuck behind it').length, 2);
  });

  it('draws an order of a queue as another line than a holder', async () => {
    const styles = drawCycleGraph(await modelOf('soft-ring'), 0).edges.map(({ style }) => style);
    assert.ok(styles.includes('queue'));
  });

  it('of 1,000 tasks is cut, says how many are left out, and is still a ring', () => {
    const drawn = drawCycleGraph(ringOf(1000), 0);
    assert.ok(drawn.nodes.some(({ lines }) => lines[0] === '987 more tasks'));
    assert.equal(drawn.nodes.filter(({ type }) => type === 'task').length, 13);
    const next = new Map(drawn.edges.map(({ from, to }) => [from, to]));
    let at = 0;
    const seen = new Set<number>();
    while (!seen.has(at)) {
      seen.add(at);
      at = next.get(at)!;
    }
    assert.equal(seen.size, drawn.nodes.length);
  });

  it('of 13 tasks is whole', () => {
    const { nodes } = drawCycleGraph(ringOf(13), 0);
    assert.equal(nodes.filter(({ type }) => type === 'task').length, 13);
    assert.ok(nodes.every(({ type }) => type !== 'gap'));
  });
});

describe('the drawing of chains', () => {
  it('ends at a device, at nobody known or at a task, each its own box', async () => {
    const ends = ['chain-to-io', 'hang-unknown-holder', 'straight-chain'].map(async (name) =>
      drawChainsGraph(await modelOf(name))!.graph.nodes.map(({ type }) => type),
    );
    const [io, unknown, straight] = await Promise.all(ends);
    assert.ok(io!.includes('device') && unknown!.includes('nobody'));
    assert.ok(straight!.every((type) => type === 'task' || type === 'resource'));
  });

  it('of 5,000 links is cut, says how many tasks are left out, and has a place', () => {
    const { graph, notes } = drawChainsGraph(chainsOf([linksBetween(1, 5000)]))!;
    assert.ok(graph.nodes.some(({ lines }) => lines[0] === '4,987 more tasks'));
    assert.equal(graph.nodes.filter(({ type }) => type === 'task').length, 14);
    assert.ok(placeGraph(graph).height > 0);
    assert.deepEqual(notes, []);
  });

  it('has one box for the rest of a queue, which leads to what all of it waits for', () => {
    const queue = Array.from({ length: 50 }, (_, i) => [linkOf(i + 2, 1, 60 - i)]);
    const { graph, notes } = drawChainsGraph(chainsOf(queue))!;
    assert.equal(graph.nodes.filter(({ type }) => type === 'task').length, 4);
    const rest = graph.nodes.findIndex(({ type }) => type === 'victims');
    assert.deepEqual(graph.nodes[rest]!.lines, ['47 more tasks', 'for 57 s or less']);
    const { to } = graph.edges.find(({ from }) => from === rest)!;
    assert.equal(graph.nodes[to]!.type, 'resource');
    assert.deepEqual(notes, []);
  });

  it('of a queue for which there is no room counts all of it as not drawn', () => {
    const long = Array.from({ length: 4 }, (_, i) => linksBetween(100 * (i + 1), 12));
    const queue = Array.from({ length: 50 }, (_, i) => [linkOf(i + 2, 1)]);
    const { graph, notes } = drawChainsGraph(chainsOf([...long, ...queue]))!;
    assert.ok(graph.nodes.every(({ type }) => type !== 'victims'));
    assert.deepEqual(notes, ['not drawn: 51 chains']);
  });

  it('is left out where nothing waits', async () => {
    assert.equal(drawChainsGraph(await modelOf('nothing-waits')), undefined);
  });
});

describe('lines of the drawing', () => {
  it('begin and end where they are told', () => {
    assert.equal(pathThrough([]), '');
    assert.equal(pathThrough([at(0, 0), at(5, 5)]), 'M0 0C0 2.5 5 2.5 5 5');
    assert.equal(pathThrough([at(0, 0), at(0, 15), at(0, 30)]), 'M0 0C0 10 0 20 0 30');
    assert.match(pathThrough([at(0, 0), at(0, 10), at(5, 15), at(10, 20)]), /^M0 0C0 5 0 5 0 10C.*10 20$/);
  });

  it('close every outline', async () => {
    for (const node of placeGraph(drawCycleGraph(await modelOf('ext4-fault-writeback'), 0)).nodes) {
      assert.match(outlineOf(node), /^M[-\d. HVLq]+[zZ]$/);
    }
  });
});

function at(x: number, y: number) {
  return { x, y };
}

function handleAt({ nodes }: ReturnType<typeof drawCycleGraph>, position: number): string | undefined {
  return nodes[position]!.handle;
}

/** `waiter` waits for a mutex of `blocker`, for some seconds. */
function linkOf(waiter: number, blocker: number, seconds = 1): Edge {
  return {
    waiter,
    resource: { kind: 'mutex', id: `m${blocker}` },
    blocker,
    evidence: 'traced',
    hard: true,
    sinceNs: 0,
    waitNs: seconds * 1e9,
    stack: [],
  };
}

/** Each task waits for the next. */
function linksBetween(first: number, length: number): Edge[] {
  return Array.from({ length }, (_, i) => linkOf(first + i, first + i + 1));
}

function chainsOf(all: readonly (readonly Edge[])[]): PageModel {
  const chains = all.map((links): Chain => ({ links, end: 'running', waitNs: links[0]!.waitNs }));
  return modelWith({ verdict: 'none', cycles: [], chains });
}

/** A plain ring: each task waits for a mutex of the next. */
function ringOf(length: number): PageModel {
  const tasks = Array.from({ length }, (_, i) => i + 1);
  const edges = tasks.map((tid) => linkOf(tid, (tid % length) + 1));
  const cycle: Cycle = {
    verdict: 'deadlock',
    reasons: [],
    tasks,
    edges,
    closedNs: 0,
    victims: [],
    matches: [],
  };
  return modelWith({ verdict: 'deadlock', cycles: [cycle], chains: [] });
}

function modelWith(found: Pick<Analysis, 'verdict' | 'cycles' | 'chains'>): PageModel {
  const analysis: Analysis = {
    schema: 'holdwait.analysis/1',
    capture: { events: 0, endNs: 1e9, hangThresholdNs: 1e10 },
    loss: { total: 0, byReason: {} },
    ...found,
    potential: [],
    tasks: {},
    omittedChains: 0,
    attachments: [],
  };
  const none = { lane: [], beginNs: [], durationNs: [], resource: [], stack: [], mode: [], end: [] };
  return buildPageModel({
    version: 1,
    program: 'test',
    file: 'ring',
    createdAt: '',
    analysis,
    timeline: {
      endNs: 1e9,
      lanes: [],
      resources: [],
      frames: [],
      stacks: [],
      blockerSets: [],
      waits: { ...none, blocker: [], blockers: [], evidence: [], hard: [] },
      holds: none,
      omitted: { waits: 0, waitedNs: 0, holds: 0, heldNs: 0 },
    },
    text: '',
    attachments: [],
  });
}
