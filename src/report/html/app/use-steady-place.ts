import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * The details take width from the report, so that its lines break elsewhere: what is looked at stays where it is seen. The
 * browser's own scroll anchoring leaves off where a width changes.
 */
export function useSteadyPlace(selected: string): void {
  const shown = useRef(selected);
  // Measured as it is rendered: afterwards it has moved.
  const place = shown.current === selected ? undefined : findPlace();
  useLayoutEffect(() => {
    shown.current = selected;
    if (place?.element.isConnected) {
      const moved = place.element.getBoundingClientRect().top - place.top;
      scrollBy({ top: moved, behavior: 'instant' });
    }
  }, [selected]);
}

/** What of the report has the focus, as a link that is followed has, else what is in the middle of the window. */
function findPlace(): { readonly element: Element; readonly top: number } | undefined {
  const element = document.activeElement?.closest('main *') ?? findInMiddle()?.closest('main *');
  return element ? { element, top: element.getBoundingClientRect().top } : undefined;
}

function findInMiddle(): Element | null {
  const { left, width } = document.querySelector('main')!.getBoundingClientRect();
  return document.elementFromPoint(left + width / 2, innerHeight / 2);
}
