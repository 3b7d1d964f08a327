import type { Analysis } from '../../../analysis/index.ts';
import { escapeText } from '../../report/escape.ts';
import { formatDuration, formatPlural } from '../../report/format.ts';
import { renderText } from '../../report/render-text.ts';
import type { TextStyle } from '../../report/style.ts';
import type { FindingEvent, ReconnectedEvent, ResolvedEvent, WatchEvent } from '../../watch/watch-event.ts';

const NS_PER_MS = 1e6;

/** One event as a person reads it, in lines; undefined = not worth a line. */
export function renderWatchEvent(event: WatchEvent, style: TextStyle): string | undefined {
  const text = describeEvent(event, style);
  return text === undefined ? undefined : `${event.at}  ${text}`;
}

function describeEvent(event: WatchEvent, style: TextStyle): string | undefined {
  switch (event.event) {
    case 'started':
      return `watching ${escapeText(event.target)} (Ctrl-C ends it); the window and saved captures: ${escapeText(event.folder)}`;
    case 'deadlock':
    case 'suspected':
    case 'hang':
      return `${sumUpFinding(event)}\n\n${renderText(event.analysis, style)}`;
    case 'resolved':
      return describeResolved(event);
    case 'saved':
      return event.error === undefined
        ? `${event.id} is saved; hint: \`holdwait analyze ${escapeText(event.capture)}\``
        : `${event.id} is not saved: ${escapeText(event.error)}`;
    case 'lost':
      return `LOST ${escapeText(event.target)}: ${escapeText(event.reason)}; ${formatPlural(event.openWaits, 'open wait')} not followed any more`;
    case 'reconnected':
      return describeBack(event);
    case 'note':
      return escapeText(event.text);
    case 'status':
      return undefined;
  }
}

/** `DEADLOCK ext4-fault-writeback (f-1): a:1, b:2; said 0.6 s after it closed`. */
export function sumUpFinding(event: FindingEvent): string {
  const { id, signature, latencyMs, unconfirmed } = event;
  const known = signature === undefined ? '' : ` ${escapeText(signature)}`;
  const names = listNames(event).map(escapeText).join(', ');
  const age = event.event === 'hang' ? 'it has lasted' : 'said after';
  const doubt = unconfirmed ? ', and nothing was heard since' : '';
  return `${event.event.toUpperCase()}${known} (${id}): ${names}; ${age} ${formatDuration(latencyMs * NS_PER_MS)}${doubt}`;
}

/** The tasks of a finding by name. */
export function listNames({
  tasks,
  analysis,
}: {
  readonly tasks: readonly number[];
  readonly analysis: Analysis;
}): string[] {
  return tasks.map((tid) => analysis.tasks[tid]?.name ?? String(tid));
}

const RESOLVED_WORDS = {
  ended: 'a wait of it has ended',
  changed: 'its waits close no cycle any more',
  joined: 'it is part of another finding',
  rebooted: 'the target has booted again',
} as const;

function describeResolved({ id, was, reason, lastedNs }: ResolvedEvent): string {
  const lasted = lastedNs === undefined ? '' : ` after ${formatDuration(lastedNs)}`;
  return `the ${was} ${id} is over${lasted}: ${RESOLVED_WORDS[reason]}`;
}

function describeBack({ target, missedFrom, missedTo, missedMs, rebooted }: ReconnectedEvent): string {
  const missed = `missed ${formatDuration(missedMs * NS_PER_MS)}, from ${missedFrom} to ${missedTo}`;
  return `watching ${escapeText(target)} again${rebooted ? ', which has booted since' : ''}; ${missed}`;
}
