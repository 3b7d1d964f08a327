import { ALLOC_FUNCTIONS, NONE } from '../trace/index.ts';
import type { Kernel } from './kernel.ts';
import type { Folio, Memory } from './memory.ts';
import { Gate, READ, type Resource, type Task, WRITE } from './objects.ts';
import { Program } from './program.ts';
import type { Random } from './random.ts';

/** A task of a scenario and what it does. */
export interface Actor {
  readonly task: Task;
  readonly program: Program;
}

/** A resource of a scenario in the two ways that conflict: whoever wants it waits for all that hold it. */
export interface Prop {
  hold(program: Program): void;
  want(program: Program): void;
}

const PAUSE_NS = 2000;
/** May enter reclaim, and wait there for writeback. */
const GFP_KERNEL = 0xcc0;

/**
 * Where a scenario is played, by tasks and with resources that nobody else knows, amid all that goes on. It is over when
 * every actor has come to where it stays.
 */
export class Stage {
  readonly random: Random;
  readonly memory: Memory;
  readonly #kernel: Kernel;
  readonly #nextTid: () => number;
  readonly #end: Gate;
  readonly #actors: Actor[] = [];

  /** @param onEnd nothing more comes of the scenario */
  constructor(kernel: Kernel, memory: Memory, nextTid: () => number, onEnd: () => void) {
    this.random = kernel.random;
    this.memory = memory;
    this.#kernel = kernel;
    this.#nextTid = nextTid;
    this.#end = new Gate(0, onEnd);
  }

  actor(): Actor {
    const actor = {
      task: this.#kernel.addTask(this.#nextTid(), true),
      program: new Program().run(this.pauseNs()),
    };
    this.#actors.push(actor);
    this.#end.expect();
    return actor;
  }

  actors(count: number): Actor[] {
    return Array.from({ length: count }, () => this.actor());
  }

  /** What every program says once: after the step that follows the actor does nothing more. */
  stays(program: Program): Program {
    return program.arrive(this.#end);
  }

  /** To be called when every program is written. */
  play(): void {
    for (const { task, program } of this.#actors) {
      this.#kernel.start(task, program);
    }
  }

  pauseNs(): number {
    return this.random.durationNs(PAUSE_NS);
  }

  /** A page of a file of its own. */
  folio(): Folio {
    return this.memory.folio(this.memory.newFile(), 0);
  }

  /** A prop of any kind. */
  prop(): Prop {
    switch (this.random.below(7)) {
      case 0:
        return lockProp(this.memory.lock('rwsem'), READ, WRITE);
      case 1:
        return lockProp(this.memory.lock('rwsem'), WRITE, this.random.pick([READ, WRITE]));
      case 2:
        return lockProp(this.memory.lock('spinlock'), NONE, NONE);
      case 3:
        return lockProp(this.folio().lock, NONE, NONE);
      case 4:
        return writebackProp(this.folio(), this.random.pick([undefined, 0, 1]));
      default:
        return lockProp(this.memory.lock('mutex'), NONE, NONE);
    }
  }
}

export function lockProp(resource: Resource, held: number, wanted: number): Prop {
  return {
    hold: (program) => void program.acquire(resource, held),
    want: (program) => void program.acquire(resource, wanted),
  };
}

/** @param fn position in ALLOC_FUNCTIONS of the allocation whose reclaim waits for it; undefined: the task itself does */
function writebackProp({ lock, writeback }: Folio, fn: number | undefined): Prop {
  return {
    hold: (program) => void program.acquire(lock).startWriteback(writeback).release(lock),
    want: (program) => {
      if (fn !== undefined) {
        program.enterAlloc(fn % ALLOC_FUNCTIONS.length, GFP_KERNEL);
      }
      program.waitWriteback(writeback);
    },
  };
}
