import { useMemo, useState } from 'preact/hooks';
import { formatCount, formatPlural, formatSize } from '../../../format.ts';
import type { PageAttachment } from '../../page-data.ts';
import { parseQuery } from '../model/search.ts';
import { searchLines } from '../model/search-lines.ts';
import { usePage } from '../page-context.ts';
import { Folded } from '../parts/folded.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';

/** Evidence kept with the capture: folded, since a kernel log is long. */
export function AttachmentsSection() {
  const { data } = usePage().model;
  if (data.attachments.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="attachments">
      <h2 id="attachments">Kept with the capture</h2>
      {data.attachments.map((attachment, i) => (
        <Attachment key={i} attachment={attachment} />
      ))}
    </section>
  );
}

function Attachment({ attachment: { name, text, omittedBytes } }: { attachment: PageAttachment }) {
  const lines = useMemo(() => text.split('\n'), [text]);
  const missing = omittedBytes === 0 ? '' : `, the last ${formatSize(omittedBytes)} of it not on this page`;
  const summary = (
    <>
      <span class="code">{name}</span>{' '}
      <span class="dim">
        {formatPlural(lines.length, 'line')}
        {missing}
      </span>
    </>
  );
  return (
    <Folded class="attachment" summary={summary}>
      {() => <SearchedText name={name} lines={lines} />}
    </Folded>
  );
}

function SearchedText({ name, lines }: { name: string; lines: readonly string[] }) {
  const [query, setQuery] = useState('');
  const { shown, matching } = useMemo(() => searchLines(lines, parseQuery(query)), [lines, query]);
  return (
    <>
      <div class="bar no-print">
        <label>
          Only lines with{' '}
          <input
            type="search"
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
            aria-label={`Only lines with, of ${name}`}
          />
        </label>
        <span role="status">
          {query.trim() !== '' && `${formatCount(matching)} of ${formatPlural(lines.length, 'line')}`}
        </span>
      </div>
      <ScrollBox name={name} class="attachment-text">
        <pre>{shown}</pre>
      </ScrollBox>
    </>
  );
}
