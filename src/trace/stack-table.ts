import { StringTable } from './string-table.ts';
import { NONE } from './words.ts';

/**
 * Interned kernel stacks, innermost frame first. A frame is text as in the interchange contract:
 * `function`, `function+0xoff/0xsize`, either with ` [module]`, or a bare `0x…` address that no symbol covers.
 */
export class StackTable {
  readonly frames = new StringTable();
  readonly #byKey = new Map<string, number>();
  readonly #stacks: Int32Array[] = [];

  get size(): number {
    return this.#stacks.length;
  }

  /** Index of the stack, or NONE for an empty one. */
  intern(frames: readonly string[]): number {
    if (frames.length === 0) {
      return NONE;
    }
    const indexes = Int32Array.from(frames, (frame) => this.frames.intern(frame));
    const key = indexes.join();
    let index = this.#byKey.get(key);
    if (index === undefined) {
      index = this.#stacks.length;
      this.#stacks.push(indexes);
      this.#byKey.set(key, index);
    }
    return index;
  }

  /** Frame indexes of a stack, innermost first; empty for NONE. */
  frameIndexes(stack: number): Int32Array {
    return stack === NONE ? new Int32Array(0) : this.#stacks[stack]!;
  }

  /** Frames of a stack as text, innermost first; empty for NONE. */
  get(stack: number): string[] {
    return Array.from(this.frameIndexes(stack), (frame) => this.frames.get(frame));
  }
}
