import type { Analysis } from '../../analysis/result.ts';
import type { CaptureInfo } from '../trace/index.ts';
import { escapeText } from './escape.ts';
import { formatCount, formatDuration, formatMoment, formatPlural } from './format.ts';
import { layoutTable, wrap, wrapAfter } from './layout.ts';
import { indent, type TextStyle } from './style.ts';
import { explainLoss } from './wording.ts';

const LOSS_COLUMNS = [{ share: 0.3 }, { share: 0.2 }, {}] as const;

/** What is missing from the capture, by reason; nothing where nothing is. */
export function renderLosses(analysis: Analysis, style: TextStyle): string[] {
  const { total, byReason } = analysis.loss;
  if (total === 0) {
    return [];
  }
  const rows = Object.entries(byReason).map(([reason, count]) => [
    escapeText(reason),
    formatCount(count),
    explainLoss(reason),
  ]);
  const heading = `Losses: ${formatPlural(total, 'record')} missing from the capture`;
  return [
    ...wrap(heading, style.width).map(style.palette.warn),
    ...indent(layoutTable(LOSS_COLUMNS, rows, style.width - 2)),
  ];
}

/** Hooks that no symbol of the target's kernel serves: waits there are not in the capture. */
export function renderMissingHooks(analysis: Analysis, style: TextStyle): string[] {
  const missing = (analysis.capture.hooks ?? []).filter((hook) => hook.symbol === undefined);
  return missing.flatMap(({ hook, reason }) =>
    wrapAfter('Not traced: ', escapeText(reason === undefined ? hook : `${hook} (${reason})`), style.width),
  );
}

/** What the answer was made from. */
export function renderCapture(analysis: Analysis, style: TextStyle): string[] {
  const kept = analysis.attachments.map(escapeText).join(', ');
  return [
    ...wrapAfter('Capture: ', captureFacts(analysis).map(escapeText).join(', '), style.width),
    ...(kept === '' ? [] : wrapAfter('Kept with it: ', kept, style.width)),
  ];
}

/** Where and when the capture was made, how much is in it and how it ended; not yet safe to print. */
export function captureFacts({ capture }: Analysis): string[] {
  return [
    capture.target,
    capture.kernelRelease === undefined ? undefined : `Linux ${capture.kernelRelease}`,
    capture.isCut ? `as of ${formatMoment(capture.endNs)}` : formatDuration(capture.endNs),
    formatPlural(capture.events, 'event'),
    describeThreshold(capture),
    `hang threshold ${formatDuration(capture.hangThresholdNs)}`,
    describeEnd(capture),
  ].filter((fact) => fact !== undefined);
}

function describeThreshold({ thresholdNs }: CaptureInfo): string | undefined {
  if (thresholdNs === undefined) {
    return undefined;
  }
  return thresholdNs === 0 ? 'every wait' : `waits of ${formatDuration(thresholdNs)} and longer`;
}

/** A file of another program says nothing of its end; a capture of holdwait's always does, unless it was cut off. */
function describeEnd(capture: CaptureInfo): string | undefined {
  if (capture.endReason !== undefined) {
    return `ended by: ${capture.endReason}`;
  }
  return capture.holdwaitVersion === undefined && capture.target === undefined
    ? undefined
    : 'cut off: its end is not in the file';
}
