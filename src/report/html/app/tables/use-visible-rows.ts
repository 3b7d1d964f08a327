import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { findVisible, scrollTo, type VisibleRows } from './visible-rows.ts';

/** Up to here every row is in the document, and as high as its text. */
const MOST_WHOLE = 60;
/** Pixels; what the style sheet gives a row of a long table. */
const ROW_HEIGHT = 28;

interface Scrolling {
  readonly visible: VisibleRows;
  readonly isLong: boolean;
  /** Scrolls a row into view. */
  readonly show: (row: number) => void;
}

/** Which rows a scrolled table must have in the document. */
export function useVisibleRows(ref: RefObject<HTMLElement | null>, count: number): Scrolling {
  const isLong = count > MOST_WHOLE;
  const [{ top, height }, setWindow] = useState({ top: 0, height: 600 });
  useLayoutEffect(() => {
    const box = ref.current;
    if (!isLong || box === null) {
      return undefined;
    }
    const read = () => setWindow({ top: box.scrollTop, height: box.clientHeight });
    const observer = new ResizeObserver(read);
    observer.observe(box);
    box.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      box.removeEventListener('scroll', read);
    };
  }, [isLong, ref]);
  // A filter that leaves less may leave the window beyond the end.
  useEffect(
    () => ref.current?.scrollTo({ top: Math.min(ref.current.scrollTop, count * ROW_HEIGHT) }),
    [count],
  );
  const show = (row: number) => {
    const box = ref.current;
    const to =
      box && isLong ? scrollTo(row, ROW_HEIGHT, box.scrollTop, box.clientHeight - ROW_HEIGHT) : undefined;
    if (box && to !== undefined) {
      box.scrollTop = to;
    }
  };
  const visible = isLong
    ? findVisible(count, ROW_HEIGHT, top, height)
    : { from: 0, to: count, above: 0, below: 0 };
  return { visible, isLong, show };
}
