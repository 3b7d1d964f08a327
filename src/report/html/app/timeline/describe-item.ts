import { SPAN_ENDS, type SpanEnd, type Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { MODES } from '../../../../trace/words.ts';
import { formatDuration, formatMoment, formatPlural } from '../../../format.ts';
import { nameBriefly, nameNamed, nameResource, nameSpanEnd, nameWanted } from '../../../wording.ts';
import { edgeOfWait, nameSpanBlocker } from '../model/span-edge.ts';
import type { TimelineItem } from './item.ts';
import { WAIT_LOOKS, type WaitLook } from './looks.ts';
import type { TimelineModel } from './model.ts';

/** An item in words: for the tooltip, and read out. */
export interface ItemText {
  readonly title: string;
  readonly lines: readonly string[];
}

export function describeItem(model: TimelineModel, item: TimelineItem): ItemText {
  switch (item.type) {
    case 'wait':
      return describeWait(model, item.row);
    case 'hold':
      return describeHold(model.timeline, item.row);
    case 'task':
      return describeTask(model.timeline, item.lane);
    case 'cycle':
      return {
        title: `Cycle c-${item.cycle + 1} closed`,
        lines: [`at ${formatMoment(model.closedNs[item.cycle]!)}`],
      };
  }
}

const LOOK_WORDS: Readonly<Record<WaitLook, string | undefined>> = {
  lock: undefined,
  io: undefined,
  behind: 'stuck behind a cycle',
  cycle: 'part of a cycle',
};

function describeWait({ timeline, waits: table }: TimelineModel, row: number): ItemText {
  const { waits, lanes } = timeline;
  const end = SPAN_ENDS[waits.end[row]!]!;
  const verb = end === 'open' ? 'waits' : 'waited';
  const look = LOOK_WORDS[WAIT_LOOKS[table.look[table.positions[row]!]!]!];
  return {
    title: `${nameNamed(lanes[waits.lane[row]!]!)} ${verb} for ${nameWanted(edgeOfWait(timeline, row))}`,
    lines: [
      describeTime(waits.beginNs[row]!, waits.durationNs[row]!, end),
      nameSpanEnd('waits', end),
      nameSpanBlocker(timeline, row),
      ...(look === undefined ? [] : [look]),
    ],
  };
}

function describeHold({ holds, lanes, resources }: Timeline, row: number): ItemText {
  const end = SPAN_ENDS[holds.end[row]!]!;
  const mode = MODES[holds.mode[row]!];
  const manner = mode === undefined ? '' : `, to ${mode}`;
  const verb = end === 'open' ? 'holds' : 'held';
  const resource = nameResource(resources[holds.resource[row]!]!);
  return {
    title: `${nameNamed(lanes[holds.lane[row]!]!)} ${verb} ${resource}${manner}`,
    lines: [describeTime(holds.beginNs[row]!, holds.durationNs[row]!, end), nameSpanEnd('holds', end)],
  };
}

function describeTime(beginNs: number, durationNs: number, end: SpanEnd): string {
  const duration = formatDuration(durationNs);
  return end === 'open'
    ? `from ${formatMoment(beginNs)} to the end of the capture, ${duration}`
    : `from ${formatMoment(beginNs)} to ${formatMoment(beginNs + durationNs)}, ${duration}`;
}

const INTEREST_WORDS = {
  cycle: 'in a cycle',
  chain: 'in a chain of waits that are open at the end',
  other: undefined,
} as const;

function describeTask({ lanes }: Timeline, lane: number): ItemText {
  const task = lanes[lane]!;
  const interest = INTEREST_WORDS[task.interest];
  const waits = formatPlural(task.waits, 'wait');
  return {
    title: nameNamed(task),
    lines: [
      task.waits === 0 ? 'did not wait' : `${waits}, ${formatDuration(task.waitedNs)} in all`,
      ...(interest === undefined ? [] : [interest]),
    ],
  };
}

/** What a bar is labelled with. */
export function labelWait({ resources, waits }: Timeline, row: number): string {
  return nameBriefly(resources[waits.resource[row]!]!);
}
