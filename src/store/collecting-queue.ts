import { AsyncByteQueue } from 'apache-arrow';

/** Where an Arrow writer puts its bytes, to be taken at once: its own queue is read asynchronously. */
export class CollectingQueue extends AsyncByteQueue {
  #parts: Uint8Array[] = [];

  override write(part: ArrayBufferView | Uint8Array): void {
    this.#parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }

  take(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    return Buffer.concat(parts);
  }
}
