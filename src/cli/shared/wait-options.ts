import { type Command, Option } from 'commander';
import type { AnalyzeOptions, WaitSelection } from '../../../analysis/index.ts';
import { formatDuration } from '../../report/format.ts';
import { HoldwaitError, KINDS } from '../../trace/index.ts';
import { parseCount } from './options.ts';
import { printNote } from './output.ts';
import {
  type CaptureBounds,
  needsBounds,
  parseTimePoint,
  resolveTimePoint,
  type TimePoint,
} from './time-point.ts';

/** Which waits are asked about, and of which time. */
export interface WaitFlags {
  readonly times?: boolean;
  readonly top?: number;
  readonly since?: TimePoint;
  readonly until?: TimePoint;
  readonly at?: TimePoint;
  readonly task?: string;
  readonly resource?: string;
  readonly kind?: string;
}

/** Adds the options of WaitFlags to a command. */
export function addWaitOptions(command: Command): Command {
  const timeOption = (flags: string, what: string) => new Option(flags, what).argParser(parseTimePoint);
  return command
    .option('--times', 'say where the time went in full: behind whom, in which code, in which convoys')
    .addOption(
      new Option('--top <n>', 'rows of each list of times; 0 = all; 5 unless given; as --times').argParser(
        parseCount,
      ),
    )
    .addOption(
      timeOption(
        '--since <time>',
        'count times from then on: 90s since the start, -10s before the end, or ISO 8601',
      ),
    )
    .addOption(
      timeOption('--until <time>', 'count times until then; the verdict stays that of the whole capture'),
    )
    .addOption(
      timeOption('--at <time>', 'say who waits for whom at that moment, as if the capture ended there'),
    )
    .option('--task <tid|comm>', 'only times of this task, and chains that it is in')
    .option('--resource <r>', 'only this resource: a handle, kind:id, an id, or a part of a label')
    .option('--kind <kind>', `only resources of this kind: ${KINDS.join(', ')}, or another of the capture`);
}

/** Whether the capture's bounds must be known before waitOptions() is called. */
export function wantsBounds({ since, until, at }: WaitFlags): boolean {
  return [since, until, at].some(needsBounds);
}

/**
 * The flags as the analysis takes them.
 *
 * @throws HoldwaitError (usage) WINDOW_EMPTY if --until is before --since; see also resolveTimePoint()
 */
export function toWaitOptions(
  flags: WaitFlags,
  bounds: CaptureBounds,
): Pick<AnalyzeOptions, 'waitTimes' | 'atNs'> {
  const resolve = (point: TimePoint | undefined) => point && resolveTimePoint(point, bounds);
  const sinceNs = resolve(flags.since);
  const untilNs = resolve(flags.until);
  if (sinceNs !== undefined && untilNs !== undefined && untilNs < sinceNs) {
    throw new HoldwaitError('usage', 'WINDOW_EMPTY', '--until is before --since', {
      hint: 'Exchange them; -10s counts from the end of the capture: --since -30s --until -10s',
    });
  }
  const selection = toSelection(flags);
  const detail = asksForTimes(flags);
  return { waitTimes: { sinceNs, untilNs, selection, top: flags.top, detail }, atNs: resolve(flags.at) };
}

/** Says which of the moments that were asked about the capture does not reach: the answer is that of its end. */
export function noteLateTimes(flags: WaitFlags, endNs: number): void {
  for (const name of ['since', 'at'] as const) {
    const point = flags[name];
    if (point?.from === 'start' && point.ns > endNs) {
      printNote(
        `--${name} ${formatDuration(point.ns)} is after the end of the capture, at ${formatDuration(endNs)}`,
      );
    }
  }
}

/** Whether the flags ask for all that is known of the times, not for a summary. */
export function asksForTimes({ times = false, top, since, until, task, resource, kind }: WaitFlags): boolean {
  return times || [top, since, until, task, resource, kind].some((value) => value !== undefined);
}

/** A task may be given by its handle, too. */
function toSelection({ task, resource, kind }: WaitFlags): WaitSelection {
  return {
    ...(task === undefined ? {} : { task: task.replace(/^t-(?=-?\d+$)/, '') }),
    ...(resource === undefined ? {} : { resource }),
    ...(kind === undefined ? {} : { kind }),
  };
}
