import type { Evidence } from '../../src/trace/index.ts';
import type { HoldEnd, WaitEnd } from '../replay/observer.ts';

interface Span {
  /** Number of the task, from 0; see SpanTables. A tid that is given to another task gets another number. */
  readonly task: number;
  readonly tid: number;
  /** Index in the table of resources. */
  readonly resource: number;
  /** ns since the capture's start. */
  readonly beginNs: number;
  /** Of an open span, the end of the capture. */
  readonly endNs: number;
  /** Index in the table of stacks, or NONE. */
  readonly stack: number;
  /** undefined where the capture does not say, or where there is no difference. */
  readonly mode: 'read' | 'write' | undefined;
}

/** One wait from its begin to its end, or to the end of the capture. */
export interface WaitSpan extends Span {
  readonly end: WaitEnd | 'open';
  /**
   * Of an open wait everyone whom it is for; of one that ended at most one: who let go last, as far as that was seen.
   * Empty where nobody is known. Waits may share one array.
   */
  readonly blockers: readonly SpanBlocker[];
}

/** Whom a wait is for. */
export interface SpanBlocker {
  /** Number of the task; undefined: a device. */
  readonly task: number | undefined;
  readonly tid: number | undefined;
  readonly io: boolean;
  readonly evidence: Evidence;
  /** false: ahead in the queue, not a holder. */
  readonly hard: boolean;
}

/** One task's having of a resource, from taking it to letting go, or to the end of the capture. */
export interface HoldSpan extends Span {
  readonly end: HoldEnd | 'open';
  /** Where it let go, as an index in the table of stacks, or NONE. */
  readonly releaseStack: number;
}

/** Takes spans in the order in which they end; those that are open come last. */
export interface SpanSink {
  wait(span: WaitSpan): void;
  hold(span: HoldSpan): void;
}
