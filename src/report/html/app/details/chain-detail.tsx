import { cycleHandle, findHistory, waitHandle } from '../../../../../analysis/handles.ts';
import type { Chain } from '../../../../../analysis/result.ts';
import { formatDuration, formatPlural } from '../../../format.ts';
import { explainEnd, nameEnd } from '../../../wording.ts';
import { usePage } from '../page-context.ts';
import { EdgeList } from './edge-list.tsx';

/** A chain: whom its first task waits for, and on to the end. */
export function ChainDetail({ chain }: { chain: Chain }) {
  const { analysis } = usePage().model;
  const { links, cycle } = chain;
  const history = findHistory(analysis, links[0]!);
  const at = history === undefined ? -1 : analysis.waitTimes!.detail!.longest.rows.indexOf(history);
  return (
    <>
      <p>
        {formatDuration(chain.waitNs)}, {formatPlural(links.length, 'link')}; {nameEnd(chain, analysis.tasks)}
        , {explainEnd(chain)}.
      </p>
      {cycle !== undefined && (
        <p>
          The cycle: <a href={`#${cycleHandle(cycle)}`}>{cycleHandle(cycle)}</a>
        </p>
      )}
      {at >= 0 && (
        <p>
          Whom the first wait was behind before: <a href={`#${waitHandle(at)}`}>{waitHandle(at)}</a>
        </p>
      )}
      <EdgeList edges={links} withStacks />
    </>
  );
}
