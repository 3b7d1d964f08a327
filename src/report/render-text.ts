import type { Analysis } from '../../analysis/result.ts';
import { formatPlural } from './format.ts';
import { wrap } from './layout.ts';
import { renderCapture, renderLosses, renderMissingHooks } from './render-capture.ts';
import { describeUnlisted, type PlacedChain, renderChain } from './render-chain.ts';
import { renderCycle, renderMatch } from './render-cycle.ts';
import { renderPotential } from './render-potential.ts';
import { renderWaitTimes } from './render-wait-times.ts';
import { indent, LEAST_WIDTH, type TextStyle } from './style.ts';
import { verdictSentences } from './verdict-text.ts';

/** Chains of a hang printed with a stack; the others' are had by their handles. */
const MOST_CHAIN_STACKS = 3;
/** Cycles printed unless everything is asked for. */
const MOST_CYCLES = 5;

/**
 * The analysis for a person: the verdict in a sentence and what it is known as, then what proves it, then what else
 * waits, what is missing, and what it was made from.
 */
export function renderText(analysis: Analysis, asked: TextStyle): string {
  const style = { ...asked, width: Math.max(asked.width, LEAST_WIDTH) };
  const times = renderWaitTimes(analysis, style);
  const isFirst = analysis.cycles.length === 0;
  const sections = [
    renderVerdict(analysis, style),
    ...(isFirst ? times : []),
    ...renderCycles(analysis, style),
    ...renderChains(analysis, style),
    ...(isFirst ? [] : times),
    ...renderPotential(analysis, style),
    renderLosses(analysis, style),
    [
      ...renderMissingHooks(analysis, style),
      ...renderCapture(analysis, style),
      ...renderHandleNote(analysis, style),
    ],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function renderVerdict(analysis: Analysis, style: TextStyle): string[] {
  const { palette, width } = style;
  const paint = { deadlock: palette.bad, suspected: palette.warn, hang: palette.warn, none: palette.good };
  const sentences = verdictSentences(analysis, MOST_CYCLES).flatMap((sentence) => wrap(sentence, width));
  const best = analysis.cycles.flatMap((cycle) => cycle.matches.slice(0, 1));
  const known = [...new Map(best.map((match) => [match.id, match])).values()];
  const matches = known.flatMap((match) => renderMatch(match, width - 2));
  return [...sentences.map((line) => palette.bold(paint[analysis.verdict](line))), ...indent(matches)];
}

function renderCycles(analysis: Analysis, style: TextStyle): string[][] {
  const most = style.fullStacks ? analysis.cycles.length : MOST_CYCLES;
  const omitted = analysis.cycles.length - most;
  return [
    ...analysis.cycles.slice(0, most).map((cycle, i) => renderCycle(cycle, i, analysis, style)),
    omitted > 0 ? [`${formatPlural(omitted, 'more cycle')}: --full-stacks`] : [],
    analysis.moreCycles ? wrap('These tasks are in more cycles than are listed', style.width) : [],
  ];
}

function renderChains(analysis: Analysis, style: TextStyle): string[][] {
  const placed = analysis.chains.map((chain, index): PlacedChain => ({ chain, index }));
  const others = placed.filter(({ chain }) => chain.end !== 'cycle');
  const { bold } = style.palette;
  const stacks = analysis.verdict === 'hang' ? MOST_CHAIN_STACKS : 0;
  return [
    others.length === 0 ? [] : [bold(analysis.cycles.length === 0 ? 'Wait chains' : 'Other wait chains')],
    ...others.map((one, i) => renderChain(one, analysis, style, i < stacks)),
    ...describeUnlisted(analysis).map((note) => wrap(note, style.width)),
  ];
}

function renderHandleNote(analysis: Analysis, style: TextStyle): string[] {
  return analysis.cycles.length + analysis.chains.length === 0
    ? []
    : wrap('More on what is in [brackets]: holdwait show FILE HANDLE', style.width).map(style.palette.dim);
}
