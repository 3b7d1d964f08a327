import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface FoldedProps {
  readonly summary: ComponentChildren;
  readonly class?: string;
  /** Called only once it is unfolded: there may be very much in it. */
  readonly children: () => ComponentChildren;
}

/** What may be too long to be in the document unasked, and stays folded on paper. */
export function Folded({ summary, class: classes, children }: FoldedProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details class={classes} data-print="folded" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && children()}
    </details>
  );
}
