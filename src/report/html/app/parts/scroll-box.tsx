import type { ComponentChildren, RefObject } from 'preact';

interface ScrollBoxProps {
  /** What is in it, for who does not see it. */
  readonly name: string;
  readonly class?: string;
  readonly children: ComponentChildren;
  readonly boxRef?: RefObject<HTMLElement | null>;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** What may be larger than its place: scrolled by keys, too, so one can get into it by Tab. */
export function ScrollBox({ name, class: classes = '', children, boxRef, onKeyDown }: ScrollBoxProps) {
  return (
    <section
      ref={boxRef}
      class={`scroll-box ${classes}`}
      aria-label={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keys
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      {children}
    </section>
  );
}
