import type { PotentialDeadlock } from '../../../../../analysis/result.ts';
import { formatPlural } from '../../../format.ts';
import {
  describeOrder,
  describeSighting,
  isSeen,
  nameClasses,
  REPORTED,
  renderLeftOut,
  SEEN,
  titlePotential,
} from '../../../render-potential.ts';
import { orderStack } from '../../../stack-text.ts';
import { Signature } from '../head/signature.tsx';
import { hasTerms } from '../model/search.ts';
import { usePage } from '../page-context.ts';
import { Notes } from '../parts/notes.tsx';
import { Stack } from '../parts/stack.tsx';

/** Orders of locks that could become a deadlock: never called one. */
export function PotentialSection() {
  const { analysis } = usePage().model;
  const { potential } = analysis;
  const notes = renderLeftOut(analysis, { width: Number.POSITIVE_INFINITY });
  if (potential.length === 0 && notes.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="potential">
      <h2 id="potential">Potential deadlocks</h2>
      <Sort heading={REPORTED} all={potential.filter((one) => !isSeen(one))} />
      <Sort heading={SEEN} all={potential.filter(isSeen)} />
      <Notes notes={notes} />
    </section>
  );
}

function Sort({ heading, all }: { heading: string; all: readonly PotentialDeadlock[] }) {
  const { terms } = usePage();
  const shown = all.filter((one) => hasTerms(textOf(one), terms));
  if (all.length === 0) {
    return null;
  }
  return (
    <>
      <p>{heading}</p>
      {shown.map((one, i) => (
        <Potential key={`${i} ${titlePotential(one)}`} potential={one} isOpen={all.length <= 2} />
      ))}
      {shown.length < all.length && (
        <p class="dim">{formatPlural(all.length - shown.length, 'more')} without a match of the filter</p>
      )}
    </>
  );
}

function Potential({ potential, isOpen }: { potential: PotentialDeadlock; isOpen: boolean }) {
  const { analysis } = usePage().model;
  const { links, matches, scenario = [], usage } = potential;
  const [match] = matches;
  return (
    <details class="potential" open={isOpen}>
      <summary>
        {titlePotential(potential)} <span class="code">{nameClasses(potential)}</span>
      </summary>
      {match && <Signature match={match} />}
      <ol class="edges">
        {links.map((link, i) => (
          <li key={i}>
            {describeOrder(link, analysis)}
            <p class="dim">{describeSighting(link)}</p>
            <Stack frames={link.stack} trim={orderStack} />
          </li>
        ))}
      </ol>
      {usage !== undefined && <p>states: {usage}</p>}
      {scenario.length > 0 && <pre>{scenario.join('\n')}</pre>}
    </details>
  );
}

/** What the filter looks in. */
function textOf(potential: PotentialDeadlock): string {
  const { classes, links, matches, taskName = '' } = potential;
  const frames = links.flatMap(({ stack, heldStack = [] }) => [...stack, ...heldStack]);
  return [titlePotential(potential), taskName, ...classes, ...matches.map(({ id }) => id), ...frames].join(
    '\n',
  );
}
