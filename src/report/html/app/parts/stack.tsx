import { formatPlural } from '../../../format.ts';
import { type StackText, trimStack, wholeStack } from '../../../stack-text.ts';

interface StackProps {
  readonly frames: readonly string[];
  /** Chooses the frames that matter. */
  readonly trim?: (frames: readonly string[]) => StackText;
}

/** The frames that matter, innermost first; all of them, as recorded, on demand. */
export function Stack({ frames, trim = trimStack }: StackProps) {
  if (frames.length === 0) {
    return <p class="dim">stack not recorded</p>;
  }
  const { lines, omitted } = trim(frames);
  const whole = wholeStack(frames).lines;
  const isWhole = whole.every((line, i) => line === lines[i]);
  return (
    <div class="stack">
      <Frames lines={lines} />
      {!isWhole && (
        <details>
          <summary>
            whole stack, {formatPlural(frames.length, 'frame')}
            {omitted > 0 && `, ${omitted} of them not above`}
          </summary>
          <Frames lines={whole} />
        </details>
      )}
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
