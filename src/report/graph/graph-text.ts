import type { Analysis, TaskSummary } from '../../../analysis/result.ts';
import { escapeText } from '../escape.ts';
import { clip } from '../layout.ts';
import { verdictSentences } from '../verdict-text.ts';
import { nameInstance, nameTask } from '../wording.ts';
import { describeOmitted, type GraphNode, type WaitGraph } from './wait-graph.ts';

const LONGEST_LINE = 60;

/** The lines of a node's text. */
export function nameNode(node: GraphNode, tasks: Readonly<Record<string, TaskSummary>>): string[] {
  switch (node.type) {
    case 'task':
      return [nameTask(tasks, node.tid)];
    case 'resource': {
      const { label } = node.resource;
      const inWords = label === undefined ? [] : [clip(escapeText(label), LONGEST_LINE)];
      return [nameInstance(node.resource), ...inWords];
    }
    case 'device':
      return ['a device'];
    case 'nobody':
      return ['holder unknown'];
  }
}

/** What is said above the drawing: the verdict, the capture, and what is left out. */
export function headGraph(graph: WaitGraph, analysis: Analysis): string[] {
  const { kernelRelease, target } = analysis.capture;
  const facts = [target, kernelRelease && `Linux ${kernelRelease}`].filter((fact) => fact !== undefined);
  return [
    ...verdictSentences(analysis, 1),
    ...(facts.length === 0 ? [] : [facts.map(escapeText).join(', ')]),
    ...describeOmitted(graph),
  ];
}
