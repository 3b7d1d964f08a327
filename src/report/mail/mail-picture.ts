import type { Analysis, Chain } from '../../../analysis/result.ts';
import { drawCycle } from '../draw-cycle.ts';
import { clip } from '../layout.ts';
import { indent } from '../style.ts';
import { nameBriefly, nameManner, nameTask } from '../wording.ts';
import { MAIL_WIDTH, shownChains, shownCycles } from './mail-text.ts';

/** A longer chain is no picture any more. */
const MOST_LINKS = 10;

/** Who waits for whom, drawn in characters. */
export function mailPicture(analysis: Analysis): string[][] {
  return [
    ...shownCycles(analysis).map((cycle) => drawCycle(cycle, analysis.tasks, MAIL_WIDTH - 2)),
    ...shownChains(analysis).map((chain) => drawChain(chain, analysis)),
  ].map((lines) => indent(lines));
}

function drawChain({ links, end }: Chain, { tasks }: Analysis): string[] {
  const shown = links.slice(0, MOST_LINKS);
  const lines = shown.flatMap((edge) => [
    nameTask(tasks, edge.waiter),
    `  │ wants ${nameBriefly(edge.resource)}${nameManner(edge)}`,
    '  ▼',
  ]);
  const last = links.at(-1)!;
  const name = last.blocker === null ? 'somebody not known' : nameTask(tasks, last.blocker);
  const rest = links.length > shown.length ? [`(${links.length - shown.length} more)`, '  ▼'] : [];
  return [...lines, ...rest, end === 'io' ? 'a device' : name].map((line) => clip(line, MAIL_WIDTH - 2));
}
