import { useLayoutEffect, useState } from 'preact/hooks';

interface Heading {
  readonly id: string;
  readonly text: string;
}

/** The way to each part of the page; not by the address, which names what is selected. */
export function SectionLinks() {
  const [headings, setHeadings] = useState<readonly Heading[]>([]);
  useLayoutEffect(() => {
    const found = document.querySelectorAll<HTMLElement>('main > section:not(.losses) > h2[id]');
    setHeadings(Array.from(found, ({ id, textContent }) => ({ id, text: textContent ?? '' })));
  }, []);
  const go = (event: Event, id: string) => {
    event.preventDefault();
    const heading = document.getElementById(id);
    heading?.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView();
  };
  return (
    <nav class="sections no-print" aria-label="Parts of the page">
      <ul class="plain">
        {headings.map(({ id, text }) => (
          <li key={id}>
            <a href={`#${id}`} onClick={(event) => go(event, id)}>
              {text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
