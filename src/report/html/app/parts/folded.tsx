import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface FoldedProps {
  readonly summary: ComponentChildren;
  readonly class?: string;
  /** Unfolded on paper; else it is too long for that. */
  readonly isPrinted?: boolean;
  /** Called only once it is unfolded: there may be very much in it. */
  readonly children: () => ComponentChildren;
}

/** What is not in the document unasked. */
export function Folded({ summary, class: classes, isPrinted = false, children }: FoldedProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details
      class={classes}
      data-print={isPrinted ? undefined : 'folded'}
      onToggle={(event) => setIsOpen(event.currentTarget.open)}
    >
      <summary>{summary}</summary>
      {isOpen && children()}
    </details>
  );
}
