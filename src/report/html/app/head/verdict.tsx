import { cycleHandle } from '../../../../../analysis/handles.ts';
import type { Analysis, SignatureMatch, Verdict as VerdictWord } from '../../../../../analysis/result.ts';
import { formatPlural } from '../../../format.ts';
import { verdictSentences } from '../../../verdict-text.ts';
import { usePage } from '../page-context.ts';
import type { Tone } from '../tables/table-spec.ts';
import { Signature } from './signature.tsx';

const TONES: Readonly<Record<VerdictWord, Tone>> = {
  deadlock: 'bad',
  suspected: 'warn',
  hang: 'warn',
  none: 'good',
};

/** With events lost, or none at all, nobody can be sure that there is nothing. */
function toneOf({ verdict, loss, capture }: Analysis): Tone {
  const isDoubtful = loss.total > 0 || capture.events === 0;
  return verdict === 'none' && isDoubtful ? 'warn' : TONES[verdict];
}

const SIGNS: Readonly<Record<Tone, string>> = { bad: '✖', warn: '!', io: '◆', held: '■', good: '✓' };
/** Cycles with a sentence of their own. */
const MOST_SENTENCES = 3;

/** The answer in a sentence, and what is known of it. */
export function Verdict() {
  const { analysis } = usePage().model;
  const tone = toneOf(analysis);
  const [first = '', ...others] = verdictSentences(analysis, MOST_SENTENCES);
  const more = analysis.cycles.length - MOST_SENTENCES;
  return (
    <section class={`verdict tone-${tone}`} aria-labelledby="verdict">
      <h1 id="verdict">
        <span class="sign" aria-hidden="true">
          {SIGNS[tone]}
        </span>
        <span>{first}</span>
      </h1>
      {others.map((sentence) => (
        <p key={sentence} class="sentence">
          {sentence}
        </p>
      ))}
      {more > 0 && (
        <p>
          <a href={`#${cycleHandle(MOST_SENTENCES)}`}>{formatPlural(more, 'more cycle')}</a>
        </p>
      )}
      {collectMatches(analysis.cycles).map((match) => (
        <Signature key={match.id} match={match} />
      ))}
    </section>
  );
}

/** The best match of each cycle, each once. */
function collectMatches(
  cycles: readonly { readonly matches: readonly SignatureMatch[] }[],
): SignatureMatch[] {
  const best = cycles.flatMap(({ matches }) => matches.slice(0, 1));
  return [...new Map(best.map((match) => [match.id, match])).values()];
}
