import type { Analysis } from '../../../analysis/result.ts';
import { escapeText } from '../escape.ts';
import { formatDuration, formatPlural } from '../format.ts';
import { wrap } from '../layout.ts';
import { sumUpCycle } from '../render-cycle.ts';
import { sumUpHang, sumUpNone } from '../verdict-text.ts';
import { nameKind, nameTask, nameTasks } from '../wording.ts';
import { labelled, MAIL_WIDTH, paragraph } from './mail-text.ts';

/** The subject line, continued on lines that begin with a blank, as mail headers are. */
export function mailSubject(analysis: Analysis): string[] {
  const { kernelRelease } = analysis.capture;
  const kernel = kernelRelease === undefined ? '' : `${escapeText(kernelRelease)}: `;
  const mark = analysis.verdict === 'deadlock' ? 'BUG' : 'REPORT';
  return wrap(`Subject: [${mark}] ${kernel}${summarise(analysis)}`, MAIL_WIDTH - 1).map((line, i) =>
    i === 0 ? line : ` ${line}`,
  );
}

function summarise(analysis: Analysis): string {
  const { verdict, cycles, chains, potential, tasks } = analysis;
  const cycle = cycles[0];
  switch (verdict) {
    case 'deadlock':
    case 'suspected': {
      const known = cycle!.matches[0]?.title;
      const kinds = [...new Set(cycle!.edges.map(({ resource }) => nameKind(resource.kind)))].join(', ');
      const what = known === undefined ? `${nameTasks(tasks, cycle!.tasks)} (${kinds})` : escapeText(known);
      return `${verdict === 'deadlock' ? 'deadlock' : 'suspected deadlock'}: ${what}`;
    }
    case 'hang': {
      const edges = chains.flatMap(({ links }) => links);
      if (edges.length === 0) {
        return 'tasks hung';
      }
      const { waiter, waitNs, resource } = edges.reduce((a, b) => (b.waitNs > a.waitNs ? b : a));
      return `${nameTask(tasks, waiter)} hung for ${formatDuration(waitNs)} (${nameKind(resource.kind)})`;
    }
    case 'none': {
      const [one] = potential;
      return one === undefined
        ? 'no hang seen'
        : `possible deadlock: ${escapeText(one.matches[0]?.title ?? one.title)}`;
    }
  }
}

/** What was found, in a paragraph, and how certain it is. */
export function mailStatement(analysis: Analysis): string[] {
  const { loss } = analysis;
  const lost =
    loss.total === 0
      ? ''
      : ` ${formatPlural(loss.total, 'record')} of the capture ${loss.total === 1 ? 'was' : 'were'} lost, so that it may not show all of this.`;
  return [...paragraph(`${state(analysis)}${lost}`), ...doubts(analysis)];
}

function state(analysis: Analysis): string {
  const { verdict, cycles, capture, potential } = analysis;
  const on = capture.kernelRelease === undefined ? '' : `On Linux ${escapeText(capture.kernelRelease)}, `;
  switch (verdict) {
    case 'deadlock':
    case 'suspected': {
      const ago = formatDuration(Math.max(0, capture.endNs - cycles[0]!.closedNs));
      const others = cycles.length === 1 ? '' : ` There are ${cycles.length - 1} more such cycles.`;
      return `${on}${sumUpCycle(cycles[0]!, analysis)}. The last of these waits began ${ago} before the capture ended, and all of them were open then.${others}`;
    }
    case 'hang':
      return `${on}${sumUpHang(analysis)}. This is no deadlock as far as the capture shows.`;
    case 'none': {
      const none = `${on}${on === '' ? 'N' : 'n'}o deadlock and no hang was found: ${sumUpNone(analysis)}.`;
      return potential.length === 0
        ? none
        : `${none} What follows could become a deadlock; nothing shows that it ever did.`;
    }
  }
}

/** Why a suspected cycle is not called a deadlock. */
function doubts({ cycles }: Analysis): string[] {
  const reasons = cycles[0]?.reasons ?? [];
  return reasons.length === 0
    ? []
    : [
        '',
        'Why this is not certain:',
        ...reasons.flatMap((reason) => labelled('  - ', `${escapeText(reason)}.`)),
      ];
}
