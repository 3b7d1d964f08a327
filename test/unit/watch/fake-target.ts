import { PassThrough } from 'node:stream';
import type { TargetFacts } from '../../../src/bpf/target-facts.ts';
import type { CommandEnd, RunningCommand, Target } from '../../../src/target/target.ts';
import type { WatchTarget } from '../../../src/watch/watch.ts';

export const FACTS: TargetFacts = {
  hostname: 'h',
  kernelRelease: '6.1.0-56-amd64',
  kernelVersion: '#1',
  machine: 'x86_64',
  bootId: 'boot-1',
  uid: 0,
  hasBtf: true,
  bpftraceVersion: '0.23.2',
  lockdown: undefined,
  traceable: undefined,
  deviceNames: new Map(),
};

/** The tracer's clock at time 0 of every session. */
const START_CLOCK_NS = 1_000_000;

/** One run of a tracer whose every word is the test's. Times are ns since its start. */
export class FakeTracer {
  interrupts = 0;
  readonly #stdout = new PassThrough();
  #held: string[] | undefined;
  readonly #end = Promise.withResolvers<CommandEnd>();
  readonly command: RunningCommand;

  constructor() {
    this.command = {
      stdout: this.#stdout,
      stderr: new PassThrough(),
      interrupt: () => {
        this.interrupts++;
        this.leave({ status: 0 });
      },
      writeLine: () => {},
      done: this.#end.promise,
    };
    this.#print(`start clock=${START_CLOCK_NS}`);
  }

  tick(atNs: number): void {
    this.#print(`tick at=${clock(atNs)}`);
  }

  /** A wait for a mutex, perhaps with its owner. */
  wait(tid: number, res: string, sinceNs: number, atNs: number, owner?: number): void {
    const who = owner === undefined ? '' : ` owner=${owner}`;
    this.#print(
      `wait kind=mutex res=${res} tid=${tid} pid=${tid} since=${clock(sinceNs)} at=${clock(atNs)}${who}`,
      `|task${tid}`,
    );
  }

  /** What an rwsem says of readers: no more than a hint. */
  hint(tid: number, res: string, sinceNs: number, atNs: number, hinted: number): void {
    const times = `since=${clock(sinceNs)} at=${clock(atNs)}`;
    this.#print(
      `wait kind=rwsem mode=2 res=${res} tid=${tid} pid=${tid} ${times} hint=${hinted}`,
      `|task${tid}`,
    );
  }

  got(tid: number, res: string, atNs: number, kind = 'mutex'): void {
    this.#print(`got kind=${kind} res=${res} tid=${tid} at=${clock(atNs)}`);
  }

  leave(end: CommandEnd): void {
    this.#end.resolve(end);
    this.#stdout.end();
  }

  /** Everything that is said meanwhile comes at once. */
  together(say: () => void): void {
    this.#held = [];
    say();
    this.#stdout.write(this.#held.join(''));
    this.#held = undefined;
  }

  #print(...lines: readonly string[]): void {
    const text = `${JSON.stringify({ type: 'printf', data: `${lines.join('\n')}\n` })}\n`;
    if (this.#held === undefined) {
      this.#stdout.write(text);
    } else {
      this.#held.push(text);
    }
  }
}

function clock(ns: number): string {
  return String(START_CLOCK_NS + Math.round(ns));
}

/** A target that can be reached again and again, and refuses or reboots as the test says. */
export class FakeTarget {
  readonly tracers: FakeTracer[] = [];
  bootId = FACTS.bootId;
  refusal: Error | undefined;
  closed = 0;
  #onTracer: (tracer: FakeTracer) => void = () => {};

  readonly open = async (): Promise<WatchTarget> => {
    if (this.refusal !== undefined) {
      throw this.refusal;
    }
    const target: Target = {
      name: 'fake',
      run: async () => ({ status: 0, stdout: '', stderr: '' }),
      start: async () => this.#start(),
      close: async () => {
        this.closed++;
      },
    };
    const program = { text: '', scripts: ['mutex'], hooks: [], probeCount: 1 };
    return { target, program, facts: { ...FACTS, bootId: this.bootId } };
  };

  /** The next tracer to be started. */
  nextTracer(): Promise<FakeTracer> {
    return new Promise((resolve) => {
      this.#onTracer = resolve;
    });
  }

  #start(): RunningCommand {
    const tracer = new FakeTracer();
    this.tracers.push(tracer);
    this.#onTracer(tracer);
    return tracer.command;
  }
}
