import { formatPlural } from '../../../format.ts';
import { Folded } from './folded.tsx';

const MOST = 4;

/** Why a cycle is only suspected. */
export function Doubts({ reasons }: { reasons: readonly string[] }) {
  const rest = reasons.slice(MOST);
  return (
    <>
      <DoubtLines reasons={reasons.slice(0, MOST)} />
      {rest.length > 0 && (
        <Folded summary={formatPlural(rest.length, 'more reason')}>
          {() => <DoubtLines reasons={rest} />}
        </Folded>
      )}
    </>
  );
}

function DoubtLines({ reasons }: { reasons: readonly string[] }) {
  return (
    <>
      {reasons.map((reason) => (
        <p key={reason} class="tone-warn">
          uncertain: {reason}
        </p>
      ))}
    </>
  );
}
