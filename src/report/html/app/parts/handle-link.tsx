import type { ComponentChildren } from 'preact';
import { usePage } from '../page-context.ts';

/** A link to an item of the page; plain text where there is none. */
export function HandleLink({
  handle,
  children,
}: {
  handle: string | undefined;
  children: ComponentChildren;
}) {
  const { selected } = usePage();
  if (handle === undefined) {
    return <span>{children}</span>;
  }
  return (
    <a href={`#${handle}`} aria-current={selected === handle ? 'true' : undefined}>
      {children}
    </a>
  );
}
