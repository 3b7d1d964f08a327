import { FILTER_ID } from '../keys.ts';

interface FilterBoxProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  /** What the filter leaves; empty without one. */
  readonly matches: string;
}

/** One filter for the whole page. */
export function FilterBox({ query, onQuery, matches }: FilterBoxProps) {
  return (
    <search class="filter no-print">
      <label for={FILTER_ID}>Filter</label>
      <input
        id={FILTER_ID}
        type="search"
        value={query}
        placeholder="name, tid, resource, frame"
        autocomplete="off"
        spellcheck={false}
        aria-keyshortcuts="/"
        onInput={(event) => onQuery(event.currentTarget.value)}
      />
      <kbd>/</kbd>
      <span class="matches" role="status">
        {matches}
      </span>
    </search>
  );
}
