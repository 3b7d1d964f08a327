import { NONE, type StackTable } from '../../src/trace/index.ts';
import { functionName } from '../match-frames.ts';
import { tellingRange } from '../telling-frames.ts';
import { grown } from './columns.ts';

/** Call paths: stacks without scheduler, entry and offsets. Many stacks share one. */
export class CallPaths {
  readonly #stacks: StackTable;
  readonly #byKey = new Map<string, number>();
  readonly #paths: (readonly string[])[] = [];
  /** By stack, one more than its path; 0: not looked at yet. */
  #pathOf = new Int32Array(0);

  constructor(stacks: StackTable) {
    this.#stacks = stacks;
  }

  /** @param stack index of the stack table or NONE, which has an empty path */
  of(stack: number): number {
    const i = stack - NONE;
    if (i >= this.#pathOf.length) {
      this.#pathOf = grown(this.#pathOf, i + 1);
    }
    if (this.#pathOf[i] === 0) {
      this.#pathOf[i] = this.#intern(this.#stacks.get(stack)) + 1;
    }
    return this.#pathOf[i]! - 1;
  }

  /** Functions, innermost first; empty where the stack is not known. */
  get(path: number): readonly string[] {
    return this.#paths[path]!;
  }

  #intern(frames: readonly string[]): number {
    const names = frames.map(functionName);
    const functions = names.slice(...tellingRange(names));
    const key = functions.join('\n');
    let path = this.#byKey.get(key);
    if (path === undefined) {
      path = this.#paths.length;
      this.#paths.push(functions);
      this.#byKey.set(key, path);
    }
    return path;
  }
}
