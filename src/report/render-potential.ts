import type { Analysis, PotentialDeadlock } from '../../analysis/result.ts';
import { escapeText } from './escape.ts';
import { layoutTable, wrap } from './layout.ts';
import { decisiveFunction } from './stack-text.ts';
import { indent, type TextStyle } from './style.ts';
import { nameTask } from './wording.ts';

const COLUMNS = [{ share: 0.2 }, { share: 0.3 }, { share: 0.25 }, {}] as const;

/** Orders of acquisition that could close a cycle and in this capture did not. */
export function renderPotential(analysis: Analysis, style: TextStyle): string[] {
  return analysis.potential.flatMap((potential) => renderOne(potential, analysis, style));
}

function renderOne(potential: PotentialDeadlock, analysis: Analysis, style: TextStyle): string[] {
  const classes = escapeText(potential.classes.join(' → '));
  const known = potential.matches.map((match) => `, like ${escapeText(match.id)}`).join('');
  const rows = potential.links.map((link) => [
    nameTask(analysis.tasks, link.task),
    `held ${escapeText(link.held)}`,
    `took ${escapeText(link.wanted)}`,
    `in ${decisiveFunction(link.stack) ?? 'a function not recorded'}`,
  ]);
  return [
    ...wrap(`Could deadlock, did not here: ${classes}${known}`, style.width),
    ...indent(layoutTable(COLUMNS, rows, style.width - 2)),
  ];
}
