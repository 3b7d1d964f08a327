import { useCallback, useLayoutEffect, useState } from 'preact/hooks';
import { handleOfHash } from './model/item.ts';

interface SelectionState {
  readonly selected: string;
  readonly select: (handle: string) => void;
  /** The selection came by a link or from outside: the reader goes on at its details. */
  readonly wantsFocus: boolean;
}

/** What is selected is what the address names after `#`: so it can be sent to others, and one can go back. */
export function useSelection(): SelectionState {
  const [state, setState] = useState(() => ({ selected: handleOfHash(location.hash), wantsFocus: true }));
  const choose = useCallback((handle: string, wantsFocus: boolean) => {
    if (handle !== handleOfHash(location.hash)) {
      changeAddress(handle);
    }
    setState({ selected: handle, wantsFocus });
  }, []);
  // Before anybody can follow a link: an effect would listen only some time after the page is seen.
  useLayoutEffect(() => {
    const stop = new AbortController();
    const read = () => setState({ selected: handleOfHash(location.hash), wantsFocus: true });
    addEventListener('hashchange', read, stop);
    addEventListener('popstate', read, stop);
    document.addEventListener('click', (event) => followLink(event, choose), stop);
    return () => stop.abort();
  }, [choose]);
  return { ...state, select: useCallback((handle: string) => choose(handle, false), [choose]) };
}

/** In a preview without an address of its own, a browser would leave the page for a link within it. */
function followLink(event: MouseEvent, choose: (handle: string, wantsFocus: boolean) => void): void {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (link !== null && isPlain && !event.defaultPrevented) {
    event.preventDefault();
    choose(handleOfHash(link.getAttribute('href')!), true);
  }
}

function changeAddress(handle: string): void {
  const [whole = ''] = location.href.split('#', 1);
  try {
    history.pushState(null, '', handle === '' ? whole : `${whole}#${handle}`);
  } catch {
    // The address of a preview in a sandbox cannot be changed; what is selected is shown all the same.
  }
}
