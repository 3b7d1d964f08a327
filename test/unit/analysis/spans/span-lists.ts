import type { HoldSpan, SpanSink, WaitSpan } from '../../../../analysis/index.ts';

/** Keeps every span that it is told. */
export class SpanLists implements SpanSink {
  readonly waits: WaitSpan[] = [];
  readonly holds: HoldSpan[] = [];

  wait(span: WaitSpan): void {
    this.waits.push(span);
  }

  hold(span: HoldSpan): void {
    this.holds.push(span);
  }
}
