import type { LossSummary } from '../../../../trace/loss-summary.ts';
import { formatCount, formatPlural } from '../../../format.ts';
import { explainLoss } from '../../../wording.ts';
import { usePage } from '../page-context.ts';

/** What is missing from the capture: it weakens the answer, so it stands right below. */
export function Losses() {
  const { loss, capture } = usePage().model.analysis;
  const missing = (capture.hooks ?? []).filter(({ symbol }) => symbol === undefined);
  return (
    <>
      {loss.total > 0 && <Missing loss={loss} />}
      {missing.length > 0 && (
        <ul class="plain notes">
          {missing.map(({ hook, reason }) => (
            <li key={hook}>
              Not traced: {hook}
              {reason !== undefined && ` (${reason})`}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Missing({ loss: { total, byReason } }: { loss: LossSummary }) {
  return (
    <section class="losses tone-warn" aria-labelledby="losses">
      <h2 id="losses">
        <span aria-hidden="true">! </span>Losses: {formatPlural(total, 'record')} missing from the capture
      </h2>
      <dl class="facts">
        {Object.entries(byReason).map(([reason, count]) => (
          <div key={reason}>
            <dt>
              {formatCount(count)} × {reason}
            </dt>
            <dd>{explainLoss(reason)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
