import { useCallback, useEffect, useState } from 'preact/hooks';
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
  useEffect(() => {
    const read = () => setState({ selected: handleOfHash(location.hash), wantsFocus: true });
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, []);
  const select = useCallback((handle: string) => {
    if (handle !== handleOfHash(location.hash)) {
      history.pushState(null, '', handle === '' ? location.pathname + location.search : `#${handle}`);
    }
    setState({ selected: handle, wantsFocus: false });
  }, []);
  return { ...state, select };
}
