import type { SignatureMatch } from '../../../../../analysis/result.ts';
import { nameAgreement } from '../../../render-cycle.ts';
import { SourceLinks } from '../parts/source-links.tsx';

/** The documented deadlock that something is. */
export function Signature({ match }: { match: Omit<SignatureMatch, 'roles'> }) {
  const { id, title, sources, fix } = match;
  return (
    <dl class="facts signature">
      <dt>known as</dt>
      <dd>
        <strong>{id}</strong>: {title} <span class="dim">({nameAgreement(match)})</span>
      </dd>
      <dt>source</dt>
      <dd>
        <SourceLinks sources={sources} />
      </dd>
      {fix !== undefined && (
        <>
          <dt>fix</dt>
          <dd>{fix}</dd>
        </>
      )}
    </dl>
  );
}
