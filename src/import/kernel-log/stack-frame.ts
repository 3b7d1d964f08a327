/** One line of a stack, as any architecture prints it. */
export interface StackFrame {
  /** `function+0xoff/0xsize [module]` as captures have it, or `function` alone. */
  readonly text: string;
  readonly name: string;
  /** Marked with a `?`: an address found on the stack, which need not be a caller. */
  readonly unreliable: boolean;
  /** The old ARM form says of each frame also the function that it has called. */
  readonly callee?: string;
}

const ADDRESS = String.raw`\(?\[<?(?:0x)?[0-9a-f]{1,16}>?\]\s*`;
const NAME = String.raw`[A-Za-z_.$][\w.$@]{0,255}`;
const PLACE = String.raw`\+0x[0-9a-f]{1,12}\/0x[0-9a-f]{1,12}`;
/** A module with its taints and build id, a place in the source, or the remark of an architecture. */
const REST = String.raw`(?:\s+\[([\w.-]{1,64})(?:\([A-Z]{1,8}\))?(?: [0-9a-f]{8,40})?\]|\s+\(\w{1,8}\)|\s+\(unreliable\)|\s+[\w./-]{1,200}\.[chSr]s?:\d{1,7}|\s+\[inline\]|\s+\([LPTUK ]{1,8}\)|\))`;

const CALLED = new RegExp(
  String.raw`^\s*(?:${ADDRESS}){0,2}(\? )?(?:\([LTP]\)\s*)?(${NAME})(${PLACE})(${REST}*)$`,
);
const ARM = new RegExp(
  String.raw`^\s*(?:\[<[0-9a-f]{1,16}>\] )?\(?(${NAME})(?:${PLACE})?(?: \[[\w.-]{1,64}\])?\)? from (?:\[<[0-9a-f]{1,16}>\] )?\(?(${NAME})(${PLACE})(?: \[([\w.-]{1,64})\])?\)?$`,
);
/** What a symboliser adds to a stack: the call of a function that was inlined. */
const INLINED = new RegExp(String.raw`^\s*(${NAME})\s+[\w./-]{1,200}\.[chSr]s?:\d{1,7}\s+\[inline\]$`);

/** A line of a stack; undefined if it is none. Bare addresses, which end many stacks, are none. */
export function parseFrame(line: string): StackFrame | undefined {
  if (line.length > 600) {
    return undefined;
  }
  const called = CALLED.exec(line);
  if (called !== null) {
    const [, mark, name, place, rest] = called;
    const module = /\[([\w.-]+)/.exec(rest!)?.[1];
    return describe(name!, place!, module === 'inline' ? undefined : module, mark !== undefined);
  }
  const arm = ARM.exec(line);
  if (arm !== null) {
    return { ...describe(arm[2]!, arm[3]!, arm[4], false), callee: arm[1]! };
  }
  const inlined = INLINED.exec(line);
  return inlined === null
    ? undefined
    : { text: inlined[1]!, name: plainName(inlined[1]!), unreliable: false };
}

/** The name without the suffixes that compilers give to copies of a function. */
export function plainName(name: string): string {
  return name.replace(/(?:\.(?:isra|part|constprop|cold|llvm)(?:\.\d+)?)+$/, '');
}

function describe(name: string, place: string, module: string | undefined, unreliable: boolean): StackFrame {
  const text = `${name}${place}${module === undefined ? '' : ` [${module}]`}`;
  return { text, name: plainName(name), unreliable };
}

/** What a tracer puts between a function and its caller; the traced function then appears a second time. */
const TRACING =
  /^(bpf_trampoline_\d|bpf_prog_[0-9a-f]{16}|__bpf_tramp|__bpf_prog_|ftrace_(trampoline|regs_call|caller|call)|arch_ftrace_ops|kprobe_ftrace_handler|return_to_handler)/;

const SCHEDULER = /^(__schedule|schedule|context_switch|__switch_to)$/;
const ASLEEP = /^_*(context_switch|switch_to|schedule)|^finish_task_switch/;
/** Where the kernel is entered: outermost frames. */
const ENTRY = /^(entry_(SYSCALL|SYSENTER|INT80)\w*|ret_from_fork_asm)$/;

/** Collects the frames of one stack. */
export class StackCollector {
  readonly frames: string[] = [];
  readonly names: string[] = [];
  readonly unreliable: string[] = [];
  /** Frames of two stacks came together: a task enters the scheduler once, and the kernel too. */
  isMixed = false;
  #wasTraced = false;

  /** A stack of more frames than any kernel has is no stack. */
  static readonly maxFrames = 512;

  add(frame: StackFrame): void {
    if (this.frames.length + this.unreliable.length >= StackCollector.maxFrames) {
      return;
    }
    if (frame.unreliable) {
      this.unreliable.push(frame.text);
      return;
    }
    if (TRACING.test(frame.name)) {
      this.#wasTraced = true;
      return;
    }
    const isAgain = this.#wasTraced && this.names.at(-1) === frame.name;
    this.#wasTraced = false;
    if (isAgain) {
      return;
    }
    if (frame.callee !== undefined && this.names.at(-1) !== plainName(frame.callee)) {
      this.#push(frame.callee, plainName(frame.callee));
    }
    this.#push(frame.text, frame.name);
  }

  get isEmpty(): boolean {
    return this.frames.length === 0 && this.unreliable.length === 0;
  }

  #push(text: string, name: string): void {
    const before = this.names.at(-1);
    this.isMixed ||=
      before !== undefined && (ENTRY.test(before) || (SCHEDULER.test(name) && !ASLEEP.test(before)));
    this.frames.push(text);
    this.names.push(name);
  }
}
