import { formatCount, formatPlural } from '../../../format.ts';
import { type StackText, trimStack, wholeStack } from '../../../stack-text.ts';
import { Folded } from './folded.tsx';

/** More frames than any kernel has room for; a file may have more, and they come piece by piece. */
const MOST_AT_ONCE = 500;

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
  return (
    <div class="stack">
      <Frames lines={lines} />
      {!isWhole(lines, frames) && (
        <Folded
          isPrinted={frames.length <= MOST_AT_ONCE}
          summary={
            <>
              whole stack, {formatPlural(frames.length, 'frame')}
              {omitted > 0 && `, ${formatCount(omitted)} of them not above`}
            </>
          }
        >
          {() => <Pieces frames={frames} />}
        </Folded>
      )}
    </div>
  );
}

function isWhole(lines: readonly string[], frames: readonly string[]): boolean {
  return lines.length === frames.length && wholeStack(frames).lines.every((line, i) => line === lines[i]);
}

function Pieces({ frames }: { frames: readonly string[] }) {
  const rest = frames.slice(MOST_AT_ONCE);
  return (
    <>
      <Frames lines={wholeStack(frames.slice(0, MOST_AT_ONCE)).lines} />
      {rest.length > 0 && (
        <Folded summary={formatPlural(rest.length, 'more frame')}>{() => <Pieces frames={rest} />}</Folded>
      )}
    </>
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
