import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Who follows a link goes on reading at the details, from their begin; who closes them is back where the link was.
 *
 * @param wantsFocus false: it was selected by a click on a row or on the timeline, where the reader stays
 */
export function usePanelFocus(
  panelRef: RefObject<HTMLElement | null>,
  headingRef: RefObject<HTMLElement | null>,
  selected: string,
  wantsFocus: boolean,
): void {
  const openerRef = useRef<Element | null>(null);
  useLayoutEffect(() => {
    const panel = panelRef.current;
    if (selected === '') {
      const opener = openerRef.current;
      openerRef.current = null;
      if (opener instanceof HTMLElement || opener instanceof SVGElement) {
        opener.focus({ preventScroll: true });
      }
      return;
    }
    const focused = document.activeElement;
    if (panel !== null && focused !== null && !panel.contains(focused) && focused !== document.body) {
      openerRef.current = focused;
    }
    panel?.scrollTo({ top: 0 });
    if (wantsFocus) {
      headingRef.current?.focus({ preventScroll: true });
    }
  }, [selected, wantsFocus]);
}
