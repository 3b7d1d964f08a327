import type { LoggedReport } from '../../../../src/import/kernel-log/report-sink.ts';
import { LogImporter } from '../../../../src/import/kernel-log.ts';
import { summariseLosses, type Trace } from '../../../../src/trace/index.ts';

/** The trace of a log, without the detour over a file. */
export function readLog(text: string): Trace {
  const importer = new LogImporter();
  const lines = text.split('\n');
  const last = lines.pop()!;
  for (const line of lines) {
    importer.addLine(line);
  }
  if (last !== '') {
    importer.addLine(last, false);
  }
  return importer.finish();
}

export function reportsOf(trace: Trace): readonly LoggedReport[] {
  const text = trace.attachments.find(({ name }) => name === 'log-reports')?.text;
  return text === undefined ? [] : (JSON.parse(text) as { reports: LoggedReport[] }).reports;
}

export function lossesOf(trace: Trace): Readonly<Record<string, number>> {
  return summariseLosses(trace.losses).byReason;
}

/** `[  123.456789] ` */
export function stamp(seconds: number): string {
  return `[${seconds.toFixed(6).padStart(12)}] `;
}

export interface SampleTask {
  readonly name: string;
  readonly tid: number;
  readonly at: number;
  readonly stack: readonly string[];
  readonly seconds?: number;
  /** Lines that the kernel prints after the stack. */
  readonly after?: readonly string[];
  readonly io?: boolean;
}

/** A hung task as kernels since 5.11 report it. */
export function hungTask({
  name,
  tid,
  at,
  stack,
  seconds = 120,
  after = [],
  io = false,
}: SampleTask): string {
  const lines = [
    `INFO: task ${name}:${tid} blocked${io ? ' in I/O wait' : ''} for more than ${seconds} seconds.`,
    '      Not tainted 6.1.0-18-amd64 #1 Debian 6.1.76-1',
    '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
    ...taskDump(name, tid, 'D', stack),
    ...after,
  ];
  return print(lines, at);
}

export function taskDump(name: string, tid: number, state: string, stack: readonly string[]): string[] {
  return [
    `task:${name.padEnd(15)} state:${state} stack:0     pid:${tid} tgid:${tid} ppid:1      flags:0x00004002`,
    'Call Trace:',
    ' <TASK>',
    ...stack.map((frame) => ` ${frame.includes('+0x') ? frame : `${frame}+0x10/0x200`}`),
    ' </TASK>',
  ];
}

/** Lines as they are printed one after the other, a thousandth of a second apart. */
export function print(lines: readonly string[], at: number): string {
  return lines.map((line, i) => `${stamp(at + i / 1000)}${line}\n`).join('');
}

export const MUTEX_WAIT = ['__schedule', 'schedule', 'schedule_preempt_disabled', '__mutex_lock.constprop.0'];
export const FAULT_STACK = [
  '__schedule',
  'schedule',
  'io_schedule',
  'folio_wait_bit_common',
  'folio_wait_writeback',
  'shrink_folio_list',
  'shrink_lruvec',
  'try_to_free_mem_cgroup_pages',
  'pte_alloc_one',
  '__pte_alloc',
  'finish_fault',
  'do_fault',
  'handle_mm_fault',
];
export const WRITER_STACK = [
  '__schedule',
  'schedule',
  'io_schedule',
  'folio_wait_bit_common',
  '__folio_lock',
  'mpage_prepare_extent_to_map+0x336/0x440 [ext4]',
  'ext4_writepages+0x486/0x1190 [ext4]',
  'do_writepages',
  'wb_workfn',
];
