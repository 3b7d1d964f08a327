import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { PageData } from '../page-data.ts';
import { ChainsDrawing } from './cycles/chains-drawing.tsx';
import { CyclesSection } from './cycles/cycles-section.tsx';
import { DetailsPanel } from './details/details-panel.tsx';
import { CaptureFacts } from './head/capture-facts.tsx';
import { Losses } from './head/losses.tsx';
import { Verdict } from './head/verdict.tsx';
import { findItem } from './model/item.ts';
import { mentionsOf } from './model/mentions.ts';
import { buildPageModel } from './model/page-model.ts';
import { parseQuery } from './model/search.ts';
import { PageContext } from './page-context.ts';
import { AttachmentsSection } from './sections/attachments-section.tsx';
import { PotentialSection } from './sections/potential-section.tsx';
import { TimelineSection } from './sections/timeline-section.tsx';
import { describeMatches, filterTables } from './tables/filter-tables.ts';
import { collectTables } from './tables/page-tables.ts';
import { TablesSection } from './tables/tables-section.tsx';
import { KeysHelp } from './toolbar/keys-help.tsx';
import type { Theme } from './toolbar/theme-switch.tsx';
import { Toolbar } from './toolbar/toolbar.tsx';
import { useDelayed } from './use-delayed.ts';
import { usePageKeys } from './use-page-keys.ts';
import { useSelection } from './use-selection.ts';
import { useSteadyPlace } from './use-steady-place.ts';
import { useUnfoldedOnPaper } from './use-unfolded-on-paper.ts';

const MAIN_ID = 'main';

/** The whole page: the answer first, then what proves it, then everything else. */
export function App({ data }: { data: PageData }) {
  const model = useMemo(() => buildPageModel(data), [data]);
  const groups = useMemo(() => collectTables(model), [model]);
  const { selected, select, wantsFocus } = useSelection();
  const [query, setQuery] = useState('');
  const [theme, setTheme] = useState<Theme>('auto');
  const [hasHelp, setHasHelp] = useState(false);
  const [areSignsKeys, setSignsKeys] = useState(true);
  const settled = useDelayed(query);
  const terms = useMemo(() => parseQuery(settled), [settled]);
  const filtered = useMemo(() => filterTables(groups, terms), [groups, terms]);
  const page = useMemo(() => {
    const item = findItem(model, selected);
    return { model, selected, item, mentions: mentionsOf(model, item), select, terms };
  }, [model, selected, select, terms]);
  useLayoutEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useSteadyPlace(selected);
  useUnfoldedOnPaper();
  usePageKeys(
    areSignsKeys,
    () => setHasHelp(true),
    () => select(''),
  );
  return (
    <PageContext.Provider value={page}>
      <SkipLink />
      <Toolbar
        query={query}
        onQuery={setQuery}
        matches={describeMatches(filtered, terms)}
        theme={theme}
        onTheme={setTheme}
        onHelp={() => setHasHelp(true)}
      />
      <div class={selected === '' ? 'columns' : 'columns with-panel'}>
        <main id={MAIN_ID} tabIndex={-1}>
          <Verdict />
          <Losses />
          <CaptureFacts />
          {data.analysis.cycles.length > 0 ? <CyclesSection /> : <ChainsDrawing />}
          <TimelineSection />
          {groups.map((group, i) => (
            <>
              <TablesSection key={group.id} group={group} filtered={filtered} />
              {i === 0 && <PotentialSection />}
            </>
          ))}
          <AttachmentsSection />
        </main>
        <DetailsPanel wantsFocus={wantsFocus} />
      </div>
      <Footer program={data.program} />
      <p class="off-screen" role="status">
        {selected !== '' && !wantsFocus && `${selected} is selected; its details are beside the report`}
      </p>
      {hasHelp && (
        <KeysHelp areSignsKeys={areSignsKeys} onSignsKeys={setSignsKeys} onClose={() => setHasHelp(false)} />
      )}
    </PageContext.Provider>
  );
}

/** Not by the address: that names what is selected. */
function SkipLink() {
  const skip = (event: Event) => {
    event.preventDefault();
    document.getElementById(MAIN_ID)?.focus();
  };
  return (
    <a class="skip" href={`#${MAIN_ID}`} onClick={skip}>
      Skip to the report
    </a>
  );
}

function Footer({ program }: { program: string }) {
  return (
    <footer>
      <p>
        Made by {program}. More on a cycle, chain, task or resource:{' '}
        <span class="code">holdwait show FILE HANDLE</span>. Nothing on this page is loaded from anywhere or
        sent anywhere.
      </p>
    </footer>
  );
}
