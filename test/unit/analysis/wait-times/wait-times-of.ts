import { Replay } from '../../../../analysis/replay/replay.ts';
import type { WaitTimes } from '../../../../analysis/wait-times/result.ts';
import {
  WaitTimesCollector,
  type WaitTimesOptions,
} from '../../../../analysis/wait-times/wait-times-collector.ts';
import type { Trace } from '../../../../src/trace/index.ts';

/** Where the time of a trace went. */
export function waitTimesOf(trace: Trace, options: WaitTimesOptions = {}): WaitTimes {
  const replay = new Replay(trace);
  const collector = new WaitTimesCollector(replay, options);
  replay.play(trace.events);
  replay.settle();
  return collector.result(trace.endNs);
}
