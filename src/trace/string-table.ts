/** Interned strings, append-only: an index once given stays valid for the life of the table. */
export class StringTable {
  readonly #byText = new Map<string, number>();
  readonly #texts: string[] = [];

  get size(): number {
    return this.#texts.length;
  }

  intern(text: string): number {
    let index = this.#byText.get(text);
    if (index === undefined) {
      index = this.#texts.length;
      this.#texts.push(text);
      this.#byText.set(text, index);
    }
    return index;
  }

  find(text: string): number | undefined {
    return this.#byText.get(text);
  }

  get(index: number): string {
    const text = this.#texts[index];
    if (text === undefined) {
      throw new RangeError(`string ${index} of ${this.#texts.length}`);
    }
    return text;
  }
}
