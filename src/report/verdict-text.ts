import type { Analysis } from '../../analysis/result.ts';
import { formatDuration, formatPlural } from './format.ts';
import { sumUpCycle } from './render-cycle.ts';
import { sumUpPotential } from './render-potential.ts';
import { explainEnd, nameEnd, nameInstance, nameTask } from './wording.ts';

const CYCLE_WORDS = { deadlock: 'DEADLOCK', suspected: 'SUSPECTED DEADLOCK' } as const;

/**
 * The verdict in words, a sentence for each cycle; the first stands alone.
 *
 * @param most how many cycles are told
 */
export function verdictSentences(analysis: Analysis, most: number): string[] {
  const lost = analysis.loss.total === 0 ? '' : ` (${formatPlural(analysis.loss.total, 'event')} lost)`;
  switch (analysis.verdict) {
    case 'deadlock':
    case 'suspected':
      return analysis.cycles
        .slice(0, most)
        .map((cycle) => `${CYCLE_WORDS[cycle.verdict]}: ${sumUpCycle(cycle, analysis)}${lost}`);
    case 'hang':
      return [`HANG: ${sumUpHang(analysis)}${lost}`];
    case 'none':
      return [`NO DEADLOCK: ${sumUpNone(analysis)}${sumUpPotential(analysis)}`];
  }
}

/** The longest waiter may stand anywhere in a chain; what its chain ends at is what it waits for in the end. */
export function sumUpHang({ capture, chains, tasks, omittedChains, filteredChains = 0 }: Analysis): string {
  const hung = chains.flatMap((chain) =>
    chain.links.filter(({ waitNs }) => waitNs >= capture.hangThresholdNs).map((edge) => ({ edge, chain })),
  );
  const waiters = new Set(hung.map(({ edge }) => edge.waiter)).size;
  if (waiters === 0) {
    const why = filteredChains > 0 ? 'not what was selected' : 'not printed: --max-chains';
    return `${formatPlural(omittedChains + filteredChains, 'wait')} still open, in no cycle, ${why}`;
  }
  const { edge, chain } = hung.reduce((a, b) => (b.edge.waitNs > a.edge.waitNs ? b : a));
  const longest = `${nameTask(tasks, edge.waiter)} has waited ${formatDuration(edge.waitNs)} for ${nameInstance(edge.resource)}`;
  const others = waiters === 1 ? '' : ` (${formatPlural(waiters - 1, 'more task')} hung)`;
  return `${longest}${others}; no cycle. The chain ${nameEnd(chain, tasks)}, ${explainEnd(chain)}`;
}

export function sumUpNone({ loss, chains, omittedChains, filteredChains = 0, capture }: Analysis): string {
  const listed = new Set(chains.flatMap(({ links }) => links.map(({ waiter }) => waiter))).size;
  const open = listed + omittedChains + filteredChains;
  const none = capture.events === 0 ? 'no wait was recorded' : 'nothing was waiting at the end';
  const waits =
    open === 0
      ? none
      : `${formatPlural(open, 'task')} waiting at the end, none for ${formatDuration(capture.hangThresholdNs)} or longer`;
  return loss.total === 0 ? waits : `none seen, ${formatPlural(loss.total, 'event')} lost; ${waits}`;
}
