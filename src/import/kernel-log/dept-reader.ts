import { DeptReport } from './dept-report.ts';
import { POSSIBLE_DEADLOCK } from './lockdep-banner.ts';
import { findTelling } from './lockdep-title.ts';
import type { LogLine } from './log-line.ts';
import type { ReportReader, ReportSink } from './report-sink.ts';
import { parseFrame } from './stack-frame.ts';

const START = /^DEPT: Circular dependency has been detected/;
const OTHER_REPORT =
  /^(?:BUG: |INFO: |WARNING: |\[ (?:INFO|BUG|WARNING): |rcu: |watchdog: |={20}|-{8,}\[ cut here)/;
/** Lines of others between two of a report. */
const MAX_FOREIGN = 32;

/**
 * Reads the reports of DEPT, the dependency tracker: circles of waits and of the events that would end them, among which
 * are the lock of a page and its writeback. They tell of what could happen.
 */
export class DeptReader implements ReportReader {
  readonly #sink: ReportSink;
  #open: DeptReport | undefined;
  #foreign = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  take(line: LogLine): boolean {
    const text = line.text.trim();
    if (START.test(text)) {
      this.end();
      this.#open = new DeptReport(line);
      this.#foreign = 0;
      return true;
    }
    return this.#open !== undefined && this.#takeOpen(this.#open, line, text);
  }

  end(): void {
    const report = this.#open;
    this.#open = undefined;
    if (report !== undefined) {
      this.#tell(report);
    }
  }

  #takeOpen(report: DeptReport, line: LogLine, text: string): boolean {
    const { caller } = report.line;
    const isOthers = caller !== undefined && line.caller !== undefined && caller !== line.caller;
    if (!isOthers && OTHER_REPORT.test(text)) {
      this.end();
      return false;
    }
    const frame = isOthers ? undefined : parseFrame(line.text);
    const isMine = !isOthers && (frame === undefined ? report.addText(text) : report.addFrame(frame));
    this.#foreign = isMine ? 0 : this.#foreign + 1;
    if (this.#foreign > MAX_FOREIGN) {
      this.end();
    }
    return isMine;
  }

  #tell(report: DeptReport): void {
    const { task, line } = report;
    const links = report.findLinks();
    const frame = findTelling(report.waitNames);
    const title = frame === undefined ? POSSIBLE_DEADLOCK : `${POSSIBLE_DEADLOCK} in ${frame}`;
    const cut = !report.isWhole;
    if (cut) {
      this.#sink.countUnread(line, 'cut_report');
    }
    this.#sink.addReport({
      kind: 'dept',
      title,
      line: line.number,
      ...(task !== undefined && { tid: task.tid, name: task.name }),
      ...(frame !== undefined && { frame }),
    });
    this.#sink.addLockOrder({
      source: 'dept',
      report: links.length === 1 ? 'recursive' : 'circular',
      title,
      classes: [...new Set(links.flatMap(({ held, wanted }) => [held, wanted]))],
      links,
      ...(task !== undefined && { task: this.#sink.addTask(task), taskName: task.name }),
      line: line.number,
      ...(cut && { cut }),
    });
  }
}
