import { parseLock } from './lockdep-lock.ts';
import type { LockdepReport } from './lockdep-report.ts';
import { StackCollector } from './stack-frame.ts';

/** Who is reported, at the beginning of a line: `kworker/u4:2/58 [HC0[0]:SC0[0]:HE1:SE1] `. */
const TASK = String.raw`^(.{1,64})\/(\d{1,10})(?: \[[\w[\]:]{1,40}\])? `;

/** Lines that announce what comes next, and what they tell themselves. */
export const PARTS: readonly (readonly [RegExp, (report: LockdepReport, match: RegExpExecArray) => void])[] =
  [
    [
      new RegExp(`${TASK}(?:is trying to (?:acquire|lock)(?: lock)?|takes|just changed the state of lock):$`),
      (report, [, name, tid]) => {
        report.setTask(name!, tid!);
        report.expect('wanted');
      },
    ],
    [
      new RegExp(String.raw`${TASK}is trying to (?:release|contend) lock \((.{0,400})\) at:$`),
      (report, [, name, tid, lock]) => {
        report.setTask(name!, tid!);
        if (report.wanted.length === 0) {
          report.wanted.push({ name: lock! });
        }
        report.expect('place');
      },
    ],
    [
      new RegExp(`${TASK}is freeing memory `),
      (report, [, name, tid]) => {
        report.setTask(name!, tid!);
        report.expect('wanted');
      },
    ],
    [
      new RegExp(`${TASK}is (?:leaving the kernel|exiting) with locks still held!`),
      (report, [, name, tid]) => report.setTask(name!, tid!),
    ],
    [/^(?:but|and) (?:this )?task is already holding(?: lock)?:/, (report) => report.expect('holding')],
    [
      /^but this lock (took|was taken by) another, \S{1,40} lock in the past:/,
      (report, [, verb]) => {
        report.isInner = verb === 'took';
        report.expect('another');
      },
    ],
    [/^which would create a new lock dependency:/, (report) => report.expect('none')],
    [/^but this new dependency connects an? \S{1,40} lock:/, (report) => report.expect('safe')],
    [/^to an? \S{1,40} lock:/, (report) => report.expect('unsafe')],
    [/^\.{3} which became \S{1,40}-safe at:/, (report) => report.openStack(report.safeStack)],
    [/^\.{3} which became \S{1,40}-unsafe at:/, (report) => report.openStack(report.unsafeStack)],
    [
      /^-> #(\d{1,4}) (.+)$/,
      (report, [, number, lock]) => {
        const name = parseLock(lock!.replace(/:$/, ''))?.name;
        report.openStack(new StackCollector());
        if (name !== undefined) {
          report.addToChain(Number(number), name);
        }
      },
    ],
    [
      /^-> (\(.+)$/,
      (report, [, lock]) => {
        const name = parseLock(lock!)?.name;
        report.openStack(new StackCollector());
        if (name !== undefined) {
          report.addToPath(name);
        }
      },
    ],
    [
      /^\.{3} acquired at:/,
      (report) => report.openStack(report.paths.at(-1)?.at(-1)?.stack ?? new StackCollector()),
    ],
    [/^[A-Z_]{2,12}(?:[- ][A-Z_]{1,12}){1,3} at:/, (report) => report.openStack(new StackCollector())],
    [/^the (?:shortest )?dependencies between/, (report) => report.openPath()],
    [/^Chain exists of:/, (report) => report.expect('chain')],
    [/^Possible .{0,40}locking scenario/, (report) => report.expect('scenario')],
    [
      /^(?:\d{1,4} locks?|no locks) held by (.{1,64})\/(\d{1,10})[:.]?$/,
      (report, [, name, tid]) => {
        report.setTask(name!, tid!);
        report.expect('locks');
      },
    ],
    [/^CPU0 {1,40}CPU1$/, (report) => report.setCpus(2)],
    [/^\{.{1,40}\} state was registered at:/, (report) => report.openStack(report.registered)],
    [
      /^inconsistent (\{.{1,40}\} -> \{.{1,40}\}) usage/,
      (report, [, usage]) => {
        report.usage ??= usage;
      },
    ],
    [/^stack backtrace:|^(?:Call [Tt]race|Backtrace):/, (report) => report.openBacktrace()],
    [/^CPU: \d{1,5} .{0,40}?PID: (\d{1,10}) Comm: /, (report, [, tid]) => report.setBacktraceTask(tid!)],
  ];

/** The rest of what lockdep prints, and what stands around a stack. */
export const NOTES = new RegExp(
  [
    '^$',
    '^-{8,}$',
    '^\\d\\.\\d+\\.?\\S* #\\d|(?:Not tainted|Tainted: )',
    '^which lock already depends on|^the existing dependency chain|^other info that might help|^but there are no more locks',
    '^and interrupts could create|^and \\S+-unsafe lock:|^\\.{3}(?: key +at:.*)?$|^\\}$',
    '^\\*\\*\\* DEADLOCK|^May be due to missing|^irq event stamp|^(?:hard|soft)irqs last|^which became',
    '^CPU\\d|^-{4} +-{4}$|^-{4}$|^rcu_scheduler_active|^RCU used illegally|^context-\\{|suspicious rcu|^\\S{1,200}:\\d{1,7} (?=.{0,300}(?:RCU|rcu)).{1,400}!$',
    '^the code is fine but|^you didn|^maybe you|^turning off the locking|^DEBUG_LOCKS|^lock: |^caller is |^last (?:function|blocked)',
    '^CPU: |^Hardware name|^Workqueue:|^Modules linked in|^<\\/?(?:TASK|IRQ|NMI|EOI|SOFTIRQ)>|^RIP: |^RSP: |^Code: |^Kernel panic|^\\[?<[0-9a-f]{8,16}>\\]?',
    '^R[A-Z0-9]{2}: |^[EFCD]S: |^E[A-Z]{2}: |^CR\\d|^DR\\d|^ ?(?:r|x)\\d{1,2} ?: ?|^pc ?:|^sp ?:|^lr ?:|^pstate|^Exception stack|^[0-9a-f]{4}:|^[0-9a-f]{8,16}(?: +[0-9a-f]{8,16})*$|^0x[0-9a-f]+$',
    '^-{4,}\\[ ',
    '^\\([^{]{1,400}\\)\\{[^}]{0,20}\\}(?:-\\{\\S{1,9}\\})? -> \\(',
  ].join('|'),
);
