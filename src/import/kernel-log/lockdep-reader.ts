import { type Part, parseBanner } from './lockdep-banner.ts';
import { findCircle, isChainWhole } from './lockdep-links.ts';
import { LockdepReport } from './lockdep-report.ts';
import { findSubject, titleOf } from './lockdep-title.ts';
import type { LogLine } from './log-line.ts';
import type { ReportReader, ReportSink } from './report-sink.ts';
import { parseFrame } from './stack-frame.ts';

/** Lines of others between two of a report, where nothing tells who printed them; fewer once its last stack has begun. */
const MAX_FOREIGN = 64;
const MAX_FOREIGN_IN_STACK = 8;
/** Lines of others whose printer is known to be another. */
const MAX_OTHERS = 4096;

/** Whoever prints this has begun another report. */
const OTHER_REPORT =
  /^(?:BUG: |WARNING: |KASAN|Unable to handle|general protection|INFO: (?:task|rcu)|rcu: INFO|watchdog: |NMI backtrace|Sending NMI|Showing |sysrq: |task:\S|DEPT: |={20}|-{8,}\[ cut here|Oops|Internal error|Kernel BUG|invoked oom|\S+ invoked oom)/;

/**
 * Reads the reports of lockdep, in the form of any kernel, and of the checks that are built in with it. They tell of what
 * could happen, so nothing of them becomes a wait or a hold.
 */
export class LockdepReader implements ReportReader {
  readonly #sink: ReportSink;
  #open: LockdepReport | undefined;
  #foreign = 0;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  take(line: LogLine): boolean {
    const banner = /[A-Z]{3}/.test(line.text) ? parseBanner(line.text) : undefined;
    if (banner !== undefined) {
      this.end();
      this.#open = new LockdepReport(banner, line);
      this.#foreign = 0;
      return true;
    }
    return this.#open !== undefined && this.#takeOpen(this.#open, line);
  }

  end(): void {
    const report = this.#open;
    this.#open = undefined;
    if (report !== undefined) {
      this.#tell(report);
    }
  }

  #takeOpen(report: LockdepReport, line: LogLine): boolean {
    const { caller } = report.line;
    if (caller !== undefined && line.caller !== undefined && caller !== line.caller) {
      this.#foreign += MAX_FOREIGN / MAX_OTHERS;
      return false;
    }
    if (endsReport(report, line.text)) {
      this.end();
      return false;
    }
    const frame = parseFrame(line.text);
    const isMine = frame !== undefined ? report.addFrame(frame) : report.addText(line.text);
    this.#foreign = isMine ? 0 : this.#foreign + 1;
    report.isInterleaved ||= !isMine;
    if (this.#foreign > (report.inBacktrace ? MAX_FOREIGN_IN_STACK : MAX_FOREIGN)) {
      this.end();
    }
    return isMine;
  }

  #tell(report: LockdepReport): void {
    const { banner, line } = report;
    const subject = findSubject(report);
    const title = titleOf(banner, subject);
    const tid = report.task === undefined ? undefined : this.#sink.addTask(report.task);
    const cut = isCut(report);
    if (cut) {
      this.#sink.countUnread(line, 'cut_report');
    }
    this.#sink.addReport({
      kind: banner.report,
      title,
      line: line.number,
      ...(report.task !== undefined && { tid: report.task.tid, name: report.task.name }),
      ...(subject !== undefined && { frame: subject }),
    });
    if (banner.isAboutLocks) {
      this.#addOrder(report, title, tid, cut);
    }
  }

  #addOrder(report: LockdepReport, title: string, tid: number | undefined, cut: boolean): void {
    const { banner, line, locks, scenario, usage } = report;
    this.#sink.addLockOrder({
      source: 'lockdep',
      report: banner.report,
      title,
      ...findCircle(report, tid),
      ...(tid !== undefined && { task: tid, taskName: report.task!.name }),
      ...(locks.length > 0 && {
        locks: locks.map(({ name, at }) => (at === undefined ? { name } : { name, at })),
      }),
      ...(scenario.length > 0 && { scenario }),
      ...(usage !== undefined && { usage }),
      line: line.number,
      ...(cut && { cut }),
    });
  }
}

/** A second list of locks or stack, once there is a backtrace, is no part of it. */
function endsReport(report: LockdepReport, text: string): boolean {
  const isOver = report.backtrace.frames.length > 0;
  return (
    OTHER_REPORT.test(text.trimStart()) ||
    (isOver &&
      /^\s*(?:\d{1,4} locks? held by |Call [Tt]race:|CPU: \d)/.test(text) &&
      !isOwnHeader(report, text))
  );
}

/** The kernel prints the line with the CPU after the title of a warning, and again with its stack. */
function isOwnHeader(report: LockdepReport, text: string): boolean {
  return report.banner.report === 'lockdep-warning' && /^\s*CPU: \d/.test(text) && !report.inBacktrace;
}

function isCut(report: LockdepReport): boolean {
  return report.isMixed || report.banner.needs.some((part) => !has(report, part));
}

function has(report: LockdepReport, part: Part | 'chain'): boolean {
  switch (part) {
    case 'chain':
      return isChainWhole(report);
    case 'backtrace':
      return report.backtrace.frames.length > 0;
    case 'safe':
      return report.safe !== undefined;
    default:
      return report[part].length > 0;
  }
}
