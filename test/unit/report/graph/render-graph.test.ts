import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import type { Analysis } from '../../../../analysis/index.ts';
import { headGraph, nameNode } from '../../../../src/report/graph/graph-text.ts';
import { renderDot } from '../../../../src/report/graph/render-dot.ts';
import { renderMermaid } from '../../../../src/report/graph/render-mermaid.ts';
import { collectWaitGraph } from '../../../../src/report/graph/wait-graph.ts';
import { nameTask } from '../../../../src/report/wording.ts';
import { compareGolden } from '../../compare-golden.ts';
import { analyzeGolden, GOLDEN } from '../../golden-captures.ts';
import { noBrowser } from '../html/find-browser.ts';
import { PAYLOADS } from '../html/hostile-trace.ts';
import { EMPTY, sampleChain, sampleEdge } from '../sample-analyses.ts';
import { MermaidPage, oneBlank } from './mermaid-page.ts';

const hasDot = spawnSync('dot', ['-V']).error === undefined;
const skip = hasDot ? false : 'graphviz is not installed';

/** What the languages give a meaning to, as a kernel's tasks and locks may be called. */
const HOSTILE = [
  '"];evil->n0;["',
  '\\N\\G\\',
  '&lt;b&gt;',
  '<b>x</b>',
  '%%{init: {}}%%',
  '`**x**`',
  'style:x#35;',
  '#quot;',
  'click n0 "javascript:alert(1)"',
  '---\nend',
  '- x',
  '1. x',
  '</text><script>alert(1)</script>',
  ...PAYLOADS,
];

function hostileAnalysis(name: string): Analysis {
  const resource = { kind: 'mutex', id: name, label: name };
  const holds = { holds: [] };
  return {
    ...EMPTY,
    capture: { ...EMPTY.capture, target: name, kernelRelease: name },
    tasks: { 1: { name, ...holds }, 2: { name: `${name}2`, ...holds } },
    chains: [sampleChain({ links: [sampleEdge({ resource })] })],
  };
}

describe('the graph for graphviz', () => {
  it('is as decided', async () => {
    compareGolden('netfs-sb-writers-mmap.dot', renderDot(await analyzeGolden('netfs-sb-writers-mmap')));
  });

  for (const name of GOLDEN) {
    it(`of ${name} is drawn with all its nodes and edges`, { skip }, async () => {
      const analysis = await analyzeGolden(name);
      const { nodes, edges } = collectWaitGraph(analysis);
      const svg = draw(renderDot(analysis));
      assert.equal(svg.match(/class="node"/g)?.length ?? 0, nodes.length);
      assert.equal(svg.match(/class="edge"/g)?.length ?? 0, edges.length);
    });
  }

  for (const name of HOSTILE) {
    it(`shows ${JSON.stringify(name)} as it is written`, { skip }, () => {
      const svg = draw(renderDot(hostileAnalysis(name)));
      assert.equal(svg.match(/class="node"/g)?.length, 3);
      const shown = textsOf(svg);
      assert.ok(shown.includes(shownAs(name)), shown.join(' | '));
    });
  }

  it('says what is left out', () => {
    assert.match(renderDot({ ...EMPTY, omittedChains: 3 }), /not drawn: 3 open waits in none of them/);
  });
});

describe('the graph for Mermaid', () => {
  it('is as decided', async () => {
    compareGolden('netfs-sb-writers-mmap.mmd', renderMermaid(await analyzeGolden('netfs-sb-writers-mmap')));
  });

  for (const name of GOLDEN) {
    it(`of ${name} has no line but nodes, edges and their looks`, async () => {
      const analysis = await analyzeGolden(name);
      checkMermaid(renderMermaid(analysis), analysis);
    });
  }

  for (const name of HOSTILE) {
    it(`shows ${JSON.stringify(name)} as it is written`, () => {
      const analysis = hostileAnalysis(name);
      const shown = checkMermaid(renderMermaid(analysis), analysis);
      assert.equal(shown[0], shownAs(name));
    });
  }
});

describe('Mermaid draws', { skip: noBrowser }, () => {
  let mermaid: MermaidPage;
  before(async () => {
    mermaid = await MermaidPage.open();
  });
  after(() => mermaid[Symbol.asyncDispose]());

  async function checkDrawing(analysis: Analysis): Promise<void> {
    const graph = collectWaitGraph(analysis);
    const { title, nodes, edges } = await mermaid.draw(renderMermaid(analysis));
    const [titleText, ...texts] = [
      headGraph(graph, analysis).join('; ').replaceAll('<', '\\x3c'),
      ...graph.nodes.map((node) => nameNode(node, analysis.tasks).join(' ')),
    ].map(oneBlank);
    assert.equal(title, titleText);
    assert.deepEqual(nodes, texts);
    assert.equal(edges, graph.edges.length);
    assert.deepEqual(mermaid.complaints, []);
  }

  for (const name of GOLDEN) {
    it(`${name} with all its nodes and edges`, async () => {
      await checkDrawing(await analyzeGolden(name));
    });
  }

  for (const name of HOSTILE) {
    it(`${JSON.stringify(name)} as it is written`, async () => {
      await checkDrawing(hostileAnalysis(name));
    });
  }
});

/** As the reports show a task's name. */
function shownAs(name: string): string {
  return nameTask({ 1: { name, holds: [] } }, 1);
}

function draw(dot: string): string {
  const { status, stdout, stderr } = spawnSync('dot', ['-Tsvg'], { input: dot, encoding: 'utf8' });
  assert.equal(stderr.replace(/^.*(?:Fontconfig|Pango).*\n/gim, ''), '');
  assert.equal(status, 0);
  return stdout;
}

function textsOf(svg: string): string[] {
  return Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) =>
    text!
      .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&')
      .replaceAll('\u00a0', ' '),
  );
}

/** Text between quotes: nothing in it that Mermaid reads as anything but text, entities with their numbers. */
const TEXT = String.raw`"(?:[\p{L}\p{M}\p{N} ,/_()]|[.+-](?! )|#\d+;)*"`;
const TEXTS = TEXT.replace(')*"', '|<br/>)*"');
const LINES = [
  String.raw`  n\d+(?:\[${TEXTS}\]|\(\[${TEXTS}\]\)|\[\(${TEXTS}\)\]|\(\(${TEXTS}\)\))`,
  String.raw`  n\d+ (?:-->|-\.->)(?:\|${TEXT}\|)? n\d+`,
  String.raw`  linkStyle \d+(?:,\d+)* stroke:#c0392b,stroke-width:3px`,
  '  classDef cycle stroke:#c0392b,stroke-width:3px',
  String.raw`  class n\d+(?:,n\d+)* cycle`,
].map((form) => new RegExp(`^${form}$`, 'u'));

/** @returns the texts of the nodes as they are shown */
function checkMermaid(text: string, analysis: Analysis): string[] {
  const [begin, title, end, flowchart, ...lines] = text.split('\n');
  assert.deepEqual([begin, end, flowchart, lines.pop()], ['---', '---', 'flowchart TD', '']);
  assert.match(JSON.parse(/^title: (.*)$/.exec(title!)![1]!), /^[^<]+$/);
  for (const line of lines) {
    assert.ok(
      LINES.some((form) => form.test(line)),
      line,
    );
  }
  const { nodes, edges } = collectWaitGraph(analysis);
  assert.equal(lines.filter((line) => LINES[1]!.test(line)).length, edges.length);
  const shown = lines.filter((line) => LINES[0]!.test(line)).map((line) => /"(.*)"/.exec(line)![1]!);
  assert.equal(shown.length, nodes.length);
  return shown.map((one) => one.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
}
