import { useLayoutEffect } from 'preact/hooks';

/** On paper nothing can be unfolded: what is folded is open while the page is printed, long logs excepted. */
export function useUnfoldedOnPaper(): void {
  useLayoutEffect(() => {
    let opened: HTMLDetailsElement[] = [];
    const before = () => {
      const folded = document.querySelectorAll<HTMLDetailsElement>(
        'details:not([open], [data-print="folded"])',
      );
      opened = [...opened, ...folded];
      toggle(folded, true);
    };
    const after = () => {
      toggle(opened, false);
      opened = [];
    };
    const media = matchMedia('print');
    const onChange = () => (media.matches ? before() : after());
    onChange();
    media.addEventListener('change', onChange);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      media.removeEventListener('change', onChange);
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
}

function toggle(folded: Iterable<HTMLDetailsElement>, isOpen: boolean): void {
  for (const one of folded) {
    one.open = isOpen;
    // The browser says so a task later, when the paper is full; what is rendered only once unfolded must be on it.
    one.dispatchEvent(new Event('toggle'));
  }
}
