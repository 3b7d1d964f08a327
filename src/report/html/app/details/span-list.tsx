import { formatDuration, formatMoment, formatPlural } from '../../../format.ts';
import { nameBriefly } from '../../../wording.ts';
import { waitRowHandle } from '../model/item.ts';
import { longestOf } from '../model/lane-waits.ts';
import { usePage } from '../page-context.ts';

const MOST_WAITS = 8;

/** The longest waits of a task. */
export function SpanList({ lanes }: { lanes: readonly number[] }) {
  const { timeline } = usePage().model;
  const { waits, resources } = timeline;
  const { rows, more } = longestOf(timeline, lanes, MOST_WAITS);
  return (
    <>
      <ol class="edges">
        {rows.map((row) => (
          <li key={row}>
            <a href={`#${waitRowHandle(row)}`}>{formatDuration(waits.durationNs[row]!)}</a> for{' '}
            {nameBriefly(resources[waits.resource[row]!]!)}, from {formatMoment(waits.beginNs[row]!)}
          </li>
        ))}
      </ol>
      {more > 0 && <p class="notes">{formatPlural(more, 'shorter wait')}: filter the table of every wait</p>}
    </>
  );
}
