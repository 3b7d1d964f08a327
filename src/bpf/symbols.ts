/** The last symbol has no next one to end it: the tracer's own code often lies there. */
const LAST_SYMBOL_BYTES = 0x1000n;

/** One mapping from kernel address to name, as /proc/kallsyms had it at one moment. */
export class SymbolTable {
  readonly #addresses: BigUint64Array;
  readonly #names: readonly string[];
  readonly #frames = new Map<string, string>();

  private constructor(addresses: BigUint64Array, names: readonly string[]) {
    this.#addresses = addresses;
    this.#names = names;
  }

  /** Reads the text symbols of a /proc/kallsyms; lines of any other form are passed over. */
  static parse(kallsyms: string): SymbolTable {
    const rows: [bigint, string][] = [];
    for (const match of kallsyms.matchAll(/^([0-9a-f]+) [tTwW] (\S+)(?:\s+\[(\S+)\])?$/gm)) {
      rows.push([BigInt(`0x${match[1]}`), match[3] === undefined ? match[2]! : `${match[2]} [${match[3]}]`]);
    }
    rows.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    return new SymbolTable(
      BigUint64Array.from(rows, (row) => row[0]),
      rows.map((row) => row[1]),
    );
  }

  get size(): number {
    return this.#names.length;
  }

  /**
   * The frame of an address in hex digits: `function+0xoff/0xsize` with ` [module]`, as the kernel prints it, or `0x…`
   * where no symbol covers it. The size reaches to the next symbol, as kallsyms itself reckons.
   */
  frame(hex: string): string {
    let frame = this.#frames.get(hex);
    if (frame === undefined) {
      frame = this.#resolve(BigInt(`0x${hex}`)) ?? `0x${hex}`;
      this.#frames.set(hex, frame);
    }
    return frame;
  }

  #resolve(address: bigint): string | undefined {
    let low = 0;
    let high = this.#addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#addresses[middle]! <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const start = this.#addresses[low - 1];
    if (start === undefined) {
      return undefined;
    }
    const end = this.#addresses[low] ?? start + LAST_SYMBOL_BYTES;
    if (address >= end) {
      return undefined;
    }
    const [name, module] = this.#names[low - 1]!.split(' ');
    const frame = `${name}+0x${(address - start).toString(16)}/0x${(end - start).toString(16)}`;
    return module === undefined ? frame : `${frame} ${module}`;
  }
}

/** True for frames of the tracer itself (a BPF program and its trampoline), which lie between the task's own. */
function isTracerFrame(frame: string): boolean {
  return /^bpf_(prog|trampoline)_/.test(frame) || frame.endsWith('[bpf]');
}

/**
 * A stack without the tracer's own frames. A function that a trampoline was put into stands there twice, once on either
 * side of the trampoline: it called the tracer, which called the rest of it.
 */
export function dropTracerFrames(frames: readonly string[]): string[] {
  const kept: string[] = [];
  let dropped = false;
  for (const frame of frames) {
    if (isTracerFrame(frame)) {
      dropped = true;
      continue;
    }
    const last = kept.at(-1);
    if (!dropped || last === undefined || functionOf(last) !== functionOf(frame)) {
      kept.push(frame);
    }
    dropped = false;
  }
  return kept;
}

function functionOf(frame: string): string {
  return frame.split('+', 1)[0]!;
}
