import { formatPlural } from '../../../format.ts';
import { trimStack, wholeStack } from '../../../stack-text.ts';

/** The frames that matter, innermost first; all of them, as recorded, on demand. */
export function Stack({ frames, name = 'stack' }: { frames: readonly string[]; name?: string }) {
  if (frames.length === 0) {
    return <p class="dim">{name} not recorded</p>;
  }
  const { lines, omitted } = trimStack(frames);
  return (
    <div class="stack">
      <Frames lines={lines} />
      <details>
        <summary>
          whole {name}, {formatPlural(frames.length, 'frame')}
          {omitted > 0 && `, ${omitted} of them not above`}
        </summary>
        <Frames lines={wholeStack(frames).lines} />
      </details>
    </div>
  );
}

function Frames({ lines }: { lines: readonly string[] }) {
  return (
    <ol class="frames">
      {lines.map((line, i) => (
        <li key={i}>{line}</li>
      ))}
    </ol>
  );
}
