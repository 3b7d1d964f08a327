import { errorText } from '../trace/index.ts';
import type { WatchEvent } from './watch-event.ts';

/** A way to call somebody. */
export interface Ring {
  /** As it is named where its failure is told; without secrets. */
  readonly name: string;
  /** Rejects if nobody was reached, within a time of its own. */
  ring(event: WatchEvent, signal: AbortSignal): Promise<void>;
}

/** Events that wait for one ring; what is more is not rung, and said. */
const MAX_WAITING = 32;

/** Calls each ring for one event after the other, beside the watch: none can hold it up. */
export class Rings {
  readonly #lines: readonly RingLine[];

  constructor(rings: readonly Ring[], signal: AbortSignal, onFailure: (text: string) => void) {
    this.#lines = rings.map((ring) => new RingLine(ring, signal, onFailure));
  }

  ring(event: WatchEvent): void {
    for (const line of this.#lines) {
      line.add(event);
    }
  }

  /** Resolves when every ring has been called or has failed. */
  async settle(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.idle));
  }
}

class RingLine {
  idle: Promise<void> = Promise.resolve();
  readonly #ring: Ring;
  readonly #signal: AbortSignal;
  readonly #onFailure: (text: string) => void;
  #waiting = 0;

  constructor(ring: Ring, signal: AbortSignal, onFailure: (text: string) => void) {
    this.#ring = ring;
    this.#signal = signal;
    this.#onFailure = onFailure;
  }

  add(event: WatchEvent): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#onFailure(
        `${this.#ring.name} was not told of "${event.event}": ${MAX_WAITING} others wait for it`,
      );
      return;
    }
    this.#waiting++;
    this.idle = this.idle.then(() => this.#call(event));
  }

  async #call(event: WatchEvent): Promise<void> {
    try {
      await this.#ring.ring(event, this.#signal);
    } catch (error) {
      this.#onFailure(`${this.#ring.name} was not told of "${event.event}": ${errorText(error)}`);
    } finally {
      this.#waiting--;
    }
  }
}
