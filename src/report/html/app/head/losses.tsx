import { formatCount, formatPlural } from '../../../format.ts';
import { explainLoss } from '../../../wording.ts';
import { usePage } from '../page-context.ts';

/** What is missing from the capture: it weakens the answer, so it stands right below. */
export function Losses() {
  const { loss, capture } = usePage().model.analysis;
  const missing = (capture.hooks ?? []).filter(({ symbol }) => symbol === undefined);
  if (loss.total === 0 && missing.length === 0) {
    return null;
  }
  return (
    <section class="losses tone-warn" aria-labelledby="losses">
      {loss.total > 0 && (
        <>
          <h2 id="losses">
            <span aria-hidden="true">! </span>Losses: {formatPlural(loss.total, 'record')} missing from the
            capture
          </h2>
          <dl class="facts">
            {Object.entries(loss.byReason).map(([reason, count]) => (
              <div key={reason}>
                <dt>
                  {formatCount(count)} × {reason}
                </dt>
                <dd>{explainLoss(reason)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
      {missing.map(({ hook, reason }) => (
        <p key={hook}>
          Not traced: {hook}
          {reason !== undefined && ` (${reason})`}
        </p>
      ))}
    </section>
  );
}
