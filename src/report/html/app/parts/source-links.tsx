import { readSource } from '../model/sources.ts';

/** Where a documented deadlock is documented. */
export function SourceLinks({ sources }: { sources: readonly string[] }) {
  return (
    <ul class="plain">
      {sources.map((source, i) => {
        const { text, href } = readSource(source);
        return (
          <li key={i} class="code">
            {href === undefined ? (
              text
            ) : (
              <a href={href} rel="noreferrer noopener" target="_blank">
                {text}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}
