import type { Banner } from './lockdep-banner.ts';
import { parseLock, parsePlace, type ShownLock } from './lockdep-lock.ts';
import type { LogLine } from './log-line.ts';
import { StackCollector, type StackFrame } from './stack-frame.ts';

/** What a line that shows a lock tells, by the line that announced it. */
type Section =
  | 'none'
  | 'wanted'
  | 'holding'
  | 'another'
  | 'safe'
  | 'unsafe'
  | 'place'
  | 'chain'
  | 'scenario'
  | 'locks';

/** One class of a chain or tree with the stack that belongs to it. */
export interface ChainEntry {
  readonly name: string;
  readonly stack: StackCollector;
}

/** Parts of one report of lockdep, as they stand in the log. */
export class LockdepReport {
  readonly banner: Banner;
  readonly line: LogLine;
  task: { readonly name: string; readonly tid: number } | undefined;
  /** The lock that is being taken, let go or freed; several lines of one lock where calls were inlined, innermost first. */
  readonly wanted: ShownLock[] = [];
  readonly holding: ShownLock[] = [];
  /** The other lock of an inversion, and whether it was taken inside the wanted one or around it. */
  another: string | undefined;
  isInner = true;
  safe: string | undefined;
  unsafe: string | undefined;
  readonly safeStack = new StackCollector();
  readonly unsafeStack = new StackCollector();
  /** Where a lock came into the state that does not fit. */
  readonly registered = new StackCollector();
  usage: string | undefined;
  /** `-> #N`, from the highest number to 0. */
  readonly chain: (ChainEntry & { readonly number: number })[] = [];
  /** The dependencies between two locks with the usages of each, in the order in which they are printed. */
  readonly paths: ChainEntry[][] = [];
  /** `A --> B --> C`; of a longer chain only these three. */
  chainExists: readonly string[] | undefined;
  readonly #scenario: { readonly cpu: number; readonly text: string }[] = [];
  #cpus = 1;
  readonly locks: ShownLock[] = [];
  /** Where the reported task was; empty while the stack in the report is somebody else's. */
  backtrace = new StackCollector();
  #backtraceTid: number | undefined;
  /** Lines of another report came in between: nothing says any more what belongs to what. */
  isMixed = false;
  /** Other lines came in between. */
  isInterleaved = false;
  #section: Section = 'none';
  #stack: StackCollector | undefined;

  constructor(banner: Banner, line: LogLine) {
    this.banner = banner;
    this.line = line;
    this.task = banner.task;
  }

  /** Line by line who does what; without the CPUs where a mail has lost the columns. */
  get scenario(): string[] {
    const hasColumns = this.#cpus === 1 || this.#scenario.some(({ cpu }) => cpu === 1);
    return this.#scenario.map(({ cpu, text }) => (hasColumns ? `CPU${cpu}: ${text}` : text));
  }

  setCpus(count: number): void {
    this.#cpus = count;
  }

  get inBacktrace(): boolean {
    return this.#stack === this.backtrace;
  }

  addFrame(frame: StackFrame): boolean {
    if (this.#section === 'place') {
      this.#addPlace(frame.text);
      return true;
    }
    this.#stack?.add(frame);
    return this.#stack !== undefined;
  }

  /** true: the line is one that lockdep prints. */
  addText(text: string): boolean {
    if (text.length > MAX_TEXT) {
      return false;
    }
    const word = text.trim();
    return this.#addLock(word) || this.#addPart(word) || this.#addListed(word, text) || NOTES.test(word);
  }

  #addPart(text: string): boolean {
    for (const [pattern, act] of PARTS) {
      const match = pattern.exec(text);
      if (match !== null) {
        act(this, match);
        return true;
      }
    }
    return false;
  }

  #addLock(text: string): boolean {
    const lock = text.startsWith('-') ? undefined : parseLock(text);
    if (lock === undefined) {
      return false;
    }
    if (lock.place !== undefined) {
      this.#addHeld(lock);
    } else if (this.#section === 'wanted' || this.#section === 'holding') {
      this.#addShown(this.#section === 'wanted' ? this.wanted : this.holding, lock);
    } else if (this.#section === 'another' || this.#section === 'safe' || this.#section === 'unsafe') {
      this[this.#section] ??= lock.name;
    }
    return true;
  }

  #addStep(step: { readonly cpu: number; readonly text: string }): void {
    if (this.#scenario.length < MAX_STEPS) {
      this.#scenario.push(step);
    }
  }

  #addHeld(lock: ShownLock): void {
    // A line that the log has twice is one lock.
    if (this.locks.length < MAX_HELD && this.locks.at(-1)?.place !== lock.place) {
      this.locks.push(lock);
    }
  }

  #addShown(locks: ShownLock[], lock: ShownLock): void {
    const [first] = locks;
    if (first !== undefined && first.name !== lock.name) {
      this.isMixed = true;
    } else if (locks.length < MAX_INLINED && !locks.some(({ at }) => at === lock.at)) {
      locks.push(lock);
    }
  }

  #addListed(text: string, indented: string): boolean {
    if (this.#section === 'chain' && text.includes('-->')) {
      this.chainExists ??= text.split('-->').map((name) => name.trim());
      return true;
    }
    if (this.#section === 'scenario' && SCENARIO.test(text)) {
      const column = /\S/.exec(indented)!.index;
      this.#addStep({ cpu: column >= SECOND_CPU_COLUMN ? 1 : 0, text });
      return true;
    }
    if (this.#section === 'place') {
      const place = parsePlace(text);
      this.#addPlace(place);
      return place !== undefined;
    }
    return false;
  }

  #addPlace(place: string | undefined): void {
    const [lock] = this.wanted;
    if (lock !== undefined && place !== undefined) {
      this.wanted[0] = { ...lock, at: place };
    }
    this.#section = 'none';
  }

  expect(section: Section): void {
    this.#section = section;
    this.#stack = undefined;
  }

  openStack(stack: StackCollector): void {
    this.#section = 'none';
    this.#stack = stack;
  }

  /** Begins the listing of what lies between two locks. */
  openPath(): void {
    this.expect('none');
    if (this.paths.length < MAX_PATHS) {
      this.paths.push([]);
    }
  }

  addToPath(name: string): void {
    const path = this.paths.at(-1);
    if (path !== undefined && path.length < MAX_CLASSES) {
      path.push({ name, stack: new StackCollector() });
    }
  }

  /** The numbers count down to 0; one that is printed twice is still one. */
  addToChain(number: number, name: string): void {
    const last = this.chain.at(-1);
    if (last !== undefined && last.number === number && last.name === name) {
      this.openStack(last.stack);
    } else if (number >= MAX_CLASSES || (last !== undefined && number !== last.number - 1)) {
      this.isMixed = true;
    } else {
      const entry = { number, name, stack: new StackCollector() };
      this.chain.push(entry);
      this.openStack(entry.stack);
    }
  }

  /** Says who is reported; a second one who is somebody else comes from another report. */
  setTask(name: string, tid: string): void {
    const task = { name: name.trim(), tid: Number(tid) };
    if (this.task !== undefined && this.task.tid !== task.tid) {
      this.isMixed = true;
    }
    this.task ??= task;
    this.#checkBacktrace();
  }

  /** Two CPUs that print at once may give a report the stack of the other. */
  setBacktraceTask(tid: string): void {
    this.#backtraceTid = Number(tid);
    this.#checkBacktrace();
  }

  #checkBacktrace(): void {
    if (this.#isOthersStack) {
      this.backtrace = new StackCollector();
      this.#stack = undefined;
    }
  }

  /** Opens the stack of the report, unless the lines before it said that it is another task's. */
  openBacktrace(): void {
    this.openStack(this.#isOthersStack ? new StackCollector() : this.backtrace);
  }

  get #isOthersStack(): boolean {
    const tid = this.#backtraceTid;
    return this.isInterleaved && this.task !== undefined && tid !== undefined && this.task.tid !== tid;
  }
}

/** lockdep follows 48 locks of one task, and chains of as many classes; a log may say anything. */
const MAX_HELD = 64;
const MAX_CLASSES = 256;
const MAX_INLINED = 16;
const MAX_PATHS = 4;
const MAX_STEPS = 128;
/** Characters of a line; the kernel's own end below 1 KiB. */
const MAX_TEXT = 1024;
/** Columns before what the second CPU does in the table of an unsafe scenario. */
const SECOND_CPU_COLUMN = 20;
const SCENARIO = /^(?:\w{0,8}lock\(.{1,400}\);|sync\(.{1,400}\);|<Interrupt>|local_\w{1,20}\(\);|lock)/;
const TASK = String.raw`^(.{1,64})\/(\d{1,10})(?: \[[\w[\]:]{1,40}\])? `;

/** Lines that announce what comes next. */
const PARTS: readonly (readonly [RegExp, (report: LockdepReport, match: RegExpExecArray) => void])[] = [
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
  [
    new RegExp(`${TASK}is trying to lock: *$|${TASK}is trying to acquire lock`),
    (report) => report.expect('wanted'),
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
const NOTES = new RegExp(
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
