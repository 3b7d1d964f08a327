/** Things to come, each a number, in the order of their times: a binary heap in typed arrays. */
export class TimeQueue {
  #times = new Float64Array(1024);
  #items = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Time of the next one; only if there is one. */
  get nextNs(): number {
    return this.#times[0]!;
  }

  push(timeNs: number, item: number): void {
    if (this.#length === this.#items.length) {
      this.#grow();
    }
    const times = this.#times;
    const items = this.#items;
    let at = this.#length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (times[parent]! <= timeNs) {
        break;
      }
      times[at] = times[parent]!;
      items[at] = items[parent]!;
      at = parent;
    }
    times[at] = timeNs;
    items[at] = item;
  }

  /** Takes the next one out. */
  pop(): number {
    const first = this.#items[0]!;
    this.#length--;
    this.#sink(this.#times[this.#length]!, this.#items[this.#length]!);
    return first;
  }

  /** Puts one in the place of the first, which is gone. */
  #sink(timeNs: number, item: number): void {
    const times = this.#times;
    const items = this.#items;
    let at = 0;
    for (let child = 1; child < this.#length; child = 2 * at + 1) {
      if (child + 1 < this.#length && times[child + 1]! < times[child]!) {
        child++;
      }
      if (timeNs <= times[child]!) {
        break;
      }
      times[at] = times[child]!;
      items[at] = items[child]!;
      at = child;
    }
    times[at] = timeNs;
    items[at] = item;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length);
    const items = new Int32Array(2 * this.#items.length);
    times.set(this.#times);
    items.set(this.#items);
    this.#times = times;
    this.#items = items;
  }
}
