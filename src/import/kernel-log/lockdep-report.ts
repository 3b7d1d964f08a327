import type { Banner } from './lockdep-banner.ts';
import { NOTES, PARTS } from './lockdep-lines.ts';
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
const SCENARIO = /^(?:\w{0,8}lock\(.{1,400}\);|sync\(.{1,400}\);|<Interrupt>|local_\w{1,20}\(\);)/;
