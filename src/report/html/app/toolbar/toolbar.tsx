import { usePage } from '../page-context.ts';
import { FilterBox } from './filter-box.tsx';
import { SectionLinks } from './section-links.tsx';
import { type Theme, ThemeSwitch } from './theme-switch.tsx';

interface ToolbarProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly matches: string;
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
  readonly onHelp: () => void;
}

/** What stays in sight: whose page this is, the filter, the switches. */
export function Toolbar({ query, onQuery, matches, theme, onTheme, onHelp }: ToolbarProps) {
  const { data } = usePage().model;
  return (
    <header class="toolbar">
      <p class="title">
        <strong>holdwait</strong> <span class="code">{data.file}</span>
      </p>
      <SectionLinks />
      <FilterBox query={query} onQuery={onQuery} matches={matches} />
      <div class="controls no-print">
        <ThemeSwitch theme={theme} onTheme={onTheme} />
        <button type="button" onClick={onHelp}>
          Keys <kbd>?</kbd>
        </button>
      </div>
    </header>
  );
}
