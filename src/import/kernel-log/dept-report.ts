import { parsePlace } from './lockdep-lock.ts';
import type { LogLine } from './log-line.ts';
import type { LoggedLink } from './report-sink.ts';
import { StackCollector, type StackFrame } from './stack-frame.ts';

/** A line of a context: what begins it, what it waits for, or the event that ends it. */
interface Part {
  className: string;
  readonly stack: StackCollector;
}

type Letter = 'S' | 'W' | 'E';
type Context = Partial<Record<Letter, Part>>;

const PART = /^\[([SWE])\] (?:\(unknown\)|[\w.$]{1,80})\((.{1,300}):(\d{1,5})\)(:?)$/;
const CONTEXT = /^context ([A-Z]{1,3})(?:'s detail)?$/;
const TASK = /^CPU: \d{1,5} .{0,40}?PID: (\d{1,10}) Comm: (.{1,64}?) (?:Not tainted|Tainted:)/;
/** What stands for a frame after a symboliser: `func (path/file.c:12 (discriminator 1))`. */
const SYMBOLISED = /^([A-Za-z_][\w.]{0,120}) \([\w./-]{1,200}:\d{1,7}/;
const NOTES =
  /^$|^-{8,}$|^summary$|^\*\*\* (?:AA )?DEADLOCK|^\[[SWE]\]: |^\(N\/A\)|^stacktrace:|^information that might|^\d+\.\d+\S* #\d|(?:Not tainted|Tainted: )|^Hardware name|^Workqueue|^Call [Tt]race:|^<\/?TASK>|^\[<[0-9a-f]{8,16}>\] /;

/** Contexts of one report, and characters of a line: the kernel's own are far fewer, but a log may say anything. */
const MAX_CONTEXTS = 64;
const MAX_TEXT = 1024;

/** Parts of one report of the dependency tracker, which knows waits and events as well as locks. */
export class DeptReport {
  readonly line: LogLine;
  readonly #contexts = new Map<string, Context>();
  task: { readonly name: string; readonly tid: number } | undefined;
  #context: Context | undefined;
  #part: Part | undefined;
  /** The stack has begun: the frame before it only says again in which function the part is. */
  #inStack = false;

  constructor(line: LogLine) {
    this.line = line;
  }

  addFrame(frame: StackFrame): boolean {
    this.#addToStack(frame);
    return true;
  }

  /** true: the line is one of such a report. */
  addText(text: string): boolean {
    if (text.length > MAX_TEXT) {
      return false;
    }
    const context = CONTEXT.exec(text);
    const part = PART.exec(text);
    const task = TASK.exec(text);
    const symbolised = SYMBOLISED.exec(text);
    if (context !== null) {
      this.#openContext(context[1]!);
    } else if (part !== null) {
      this.#addPart(part[1] as Letter, nameOf(part[2]!, part[3]!), part[4] === ':');
    } else if (task !== null) {
      this.task = { name: task[2]!, tid: Number(task[1]) };
      this.#part = undefined;
    } else if (symbolised !== null && this.#part !== undefined) {
      const name = parsePlace(symbolised[1]!)!;
      this.#addToStack({ text: name, name, unreliable: false });
    } else if (text.startsWith('stacktrace:')) {
      this.#inStack = true;
    }
    return context !== null || part !== null || task !== null || symbolised !== null || NOTES.test(text);
  }

  /** A link for each context: it owes an event and waits for another before. In the order of the circle. */
  findLinks(): LoggedLink[] {
    const links = [...this.#contexts.values()].map(linkOf).filter((link) => link !== undefined);
    return orderCircle(links);
  }

  get isWhole(): boolean {
    const contexts = [...this.#contexts.values()];
    const links = this.findLinks();
    return (
      links.length > 0 &&
      links.length === contexts.length &&
      links.every(({ wanted }, i) => wanted === links[(i + 1) % links.length]!.held) &&
      contexts.every(({ W }) => W!.stack.frames.length > 0)
    );
  }

  /** Functions in which the contexts wait. */
  get waitNames(): string[] {
    return [...this.#contexts.values()].flatMap(({ W }) => W?.stack.names ?? []);
  }

  #addToStack(frame: StackFrame): void {
    if (this.#inStack) {
      this.#part?.stack.add(frame);
    }
  }

  #openContext(name: string): void {
    this.#context = this.#contexts.get(name) ?? {};
    this.#part = undefined;
    if (this.#contexts.size < MAX_CONTEXTS) {
      this.#contexts.set(name, this.#context);
    }
  }

  #addPart(letter: Letter, className: string, isDetail: boolean): void {
    if (this.#context === undefined) {
      return;
    }
    const known = this.#context[letter];
    const isNew = known === undefined || known.className !== className;
    const part = isNew ? { className, stack: new StackCollector() } : known;
    this.#context[letter] = part;
    // A context's details may be printed twice; the first stack is as good as the second.
    this.#part = isDetail && part.stack.isEmpty ? part : undefined;
    this.#inStack = false;
  }
}

function linkOf({ S, W, E }: Context): LoggedLink | undefined {
  if (W === undefined || E === undefined) {
    return undefined;
  }
  const heldStack = S?.stack.frames ?? [];
  const releaseStack = E.stack.frames;
  return {
    held: E.className,
    wanted: W.className,
    stack: W.stack.frames,
    ...(heldStack.length > 0 && { heldStack }),
    ...(releaseStack.length > 0 && { releaseStack }),
  };
}

/** From the first on, each followed by the one that owes what it waits for; those that fit nowhere are left out. */
function orderCircle(links: readonly LoggedLink[]): LoggedLink[] {
  const left = new Set(links);
  const circle: LoggedLink[] = [];
  let next: LoggedLink | undefined = links[0];
  while (next !== undefined) {
    const { wanted }: LoggedLink = next;
    circle.push(next);
    left.delete(next);
    next = [...left].find(({ held }) => held === wanted);
  }
  return circle;
}

/** As lockdep writes a class and its subclass. */
function nameOf(className: string, subclass: string): string {
  return subclass === '0' ? className : `${className}/${subclass}`;
}
