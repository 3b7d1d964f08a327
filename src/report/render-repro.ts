import { escapeText } from './escape.ts';
import { formatDuration } from './format.ts';
import { displayWidth, padEnd } from './layout.ts';
import type { TextStyle } from './style.ts';

/** One reproduction, as it is shown beside its analysis. */
export interface ReproReport {
  readonly scenario: string;
  readonly kernel: string;
  readonly kernelVersion?: string;
  readonly control: boolean;
  /** The fix was undone, and nothing done to make it hang. */
  readonly potential?: boolean;
  readonly result: 'hung' | 'clean' | 'not-affected' | 'failed';
  readonly reason?: string;
  readonly capture?: string;
  readonly attempts: number;
  readonly timesMs: {
    readonly boot?: number;
    readonly arm?: number;
    readonly hang?: number;
    readonly verdict?: number;
  };
  readonly agreement: readonly {
    readonly tid: number;
    readonly inHungTaskReport: boolean;
    readonly inStallReport: boolean;
    readonly stackAgrees: boolean | undefined;
  }[];
}

const NS_PER_MS = 1e6;
const RESULT_WORDS = {
  hung: 'hung, as documented',
  clean: 'ran to its end: nothing hung',
  'not-affected': 'cannot happen on this kernel',
  failed: 'failed',
} as const;

/** What was run and how it went, in a few lines above the analysis. */
export function renderReproHead(report: ReproReport, { palette }: TextStyle): string {
  const way = report.control
    ? ' (control: the fix left in place)'
    : report.potential
      ? ' (the fix undone, nothing to hang on)'
      : '';
  const reason = report.reason === undefined ? '' : `: ${escapeText(report.reason)}`;
  return [
    `${palette.bold(escapeText(report.scenario))}${way} on Linux ${nameKernel(report)}: ${RESULT_WORDS[report.result]}${reason}`,
    ...timeLines(report),
  ].join('\n');
}

/** How the kernel's own evidence compares, and where the capture is. */
export function renderReproTail(report: ReproReport): string {
  const lines = report.agreement.map(
    ({ tid, inHungTaskReport, inStallReport, stackAgrees }) =>
      `  t-${tid}: ${reportWords(inHungTaskReport, inStallReport)}, ${stackWords(tid, stackAgrees)}`,
  );
  const head = lines.length === 0 ? [] : ["The kernel's own evidence, kept in the capture:", ...lines];
  return [...head, ...(report.capture === undefined ? [] : savedLines(report.capture))].join('\n');
}

function savedLines(capture: string): string[] {
  const next = [
    [`holdwait analyze ${capture}`, 'explains it again'],
    [`holdwait open ${capture}`, 'shows it in the browser'],
  ] as const;
  const width = Math.max(...next.map(([command]) => displayWidth(command)));
  return [`Saved: ${capture}`, ...next.map(([command, what]) => `  ${padEnd(command, width)}  ${what}`)];
}

/** The release, and before it the stable update where the release does not say it. */
function nameKernel({ kernel, kernelVersion }: ReproReport): string {
  return kernelVersion === undefined || kernel.startsWith(kernelVersion)
    ? escapeText(kernel)
    : `${escapeText(kernelVersion)} (${escapeText(kernel)})`;
}

function reportWords(inHungTaskReport: boolean, inStallReport: boolean): string {
  if (inHungTaskReport) {
    return 'named by hung_task';
  }
  return inStallReport ? 'named in the report of a stalled CPU' : 'not named by hung_task';
}

function stackWords(tid: number, agrees: boolean | undefined): string {
  if (agrees === undefined) {
    return `/proc/${tid}/stack could not be read`;
  }
  return agrees ? `/proc/${tid}/stack agrees with the chain` : `/proc/${tid}/stack DISAGREES with the chain`;
}

function timeLines({ timesMs, attempts }: ReproReport): string[] {
  const named = [
    ['boot', timesMs.boot],
    ['arm', timesMs.arm],
    ['hang', timesMs.hang],
    ['verdict', timesMs.verdict],
  ] as const;
  const parts = named.flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name} ${formatDuration(ms * NS_PER_MS)}`],
  );
  const tries = attempts > 1 ? `, attempt ${attempts}` : '';
  return parts.length === 0 ? [] : [`${parts.join(', ')}${tries}`];
}
