import type { StackTable } from '../trace/stack-table.ts';
import { NONE } from '../trace/words.ts';
import { dropTracerFrames, functionOf, type SymbolTable } from './symbols.ts';

/** Texts that are remembered: with more, all are forgotten, and read again as they come. */
const MAX_TEXTS = 16_384;

/**
 * Stacks of records → indexes of the trace's stack table. A busy place prints the same stack again and again: its text is
 * looked up as a whole, before any address is.
 */
export class CapturedStacks {
  readonly #symbols: SymbolTable;
  #table: StackTable;
  /** By what took the lock, or '' for the whole stack: text → index. */
  readonly #known = new Map<string, Map<string, number>>();
  #knownTexts = 0;

  constructor(table: StackTable, symbols: SymbolTable) {
    this.#table = table;
    this.#symbols = symbols;
  }

  /** Index of a stack as it was printed, addresses in hex digits, one a line; NONE for an empty one; undefined = not of that form. */
  find(text: string): number | undefined {
    return text === '' ? NONE : this.#find('', text, (frames) => frames);
  }

  /**
   * What took a lock, and where that was called: the record may be of a little later, from deeper in the same function.
   *
   * @param taker a function, or '' where the record does not say
   */
  findTaker(taker: string, text: string): number | undefined {
    return this.#find(`${taker}+`, text, (frames) => {
      const at = frames.findIndex((frame) => functionOf(frame) === taker);
      const alone = taker === '' ? [] : [taker];
      return at < 0 ? [...alone, ...frames] : frames.slice(at);
    });
  }

  /** Stacks from now on go to another table. */
  moveTo(table: StackTable): void {
    this.#table = table;
    this.#forget();
  }

  #find(
    how: string,
    text: string,
    choose: (frames: readonly string[]) => readonly string[],
  ): number | undefined {
    const known = this.#known.get(how)?.get(text);
    if (known !== undefined) {
      return known;
    }
    const frames = this.#readFrames(text);
    if (frames === undefined) {
      return undefined;
    }
    const index = this.#table.intern(choose(frames));
    this.#keep(how, text, index);
    return index;
  }

  #readFrames(text: string): readonly string[] | undefined {
    const addresses = text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
    return addresses.every((address) => /^[0-9a-f]+$/.test(address))
      ? dropTracerFrames(addresses.map((address) => this.#symbols.frame(address)))
      : undefined;
  }

  #keep(how: string, text: string, index: number): void {
    if (this.#knownTexts >= MAX_TEXTS) {
      this.#forget();
    }
    const texts = this.#known.get(how) ?? new Map<string, number>();
    this.#known.set(how, texts.set(text, index));
    this.#knownTexts++;
  }

  #forget(): void {
    this.#known.clear();
    this.#knownTexts = 0;
  }
}
