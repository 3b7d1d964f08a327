/** The last symbol has no next one to end it: the tracer's own code often lies there. */
const LAST_SYMBOL_BYTES = 0x1000n;

/** A static lock lies at most this far into the variable that it is part of. */
const LARGEST_STATIC_BYTES = 0x1000n;

/** One mapping from kernel address to name, as /proc/kallsyms had it at one moment. */
export class SymbolTable {
  readonly #functions: SortedSymbols;
  readonly #variables: SortedSymbols;
  readonly #frames = new Map<string, string>();

  private constructor(functions: SortedSymbols, variables: SortedSymbols) {
    this.#functions = functions;
    this.#variables = variables;
  }

  /** Reads the functions and variables of a /proc/kallsyms; lines of any other form are passed over. */
  static parse(kallsyms: string): SymbolTable {
    const functions: SymbolRow[] = [];
    const variables: SymbolRow[] = [];
    for (const match of kallsyms.matchAll(/^([0-9a-f]+) ([tTwWbBdD]) (\S+)(?:\s+\[(\S+)\])?$/gm)) {
      const name = match[4] === undefined ? match[3]! : `${match[3]} [${match[4]}]`;
      (/[tTwW]/.test(match[2]!) ? functions : variables).push([BigInt(`0x${match[1]}`), name]);
    }
    return new SymbolTable(new SortedSymbols(functions), new SortedSymbols(variables));
  }

  /** Number of functions. */
  get size(): number {
    return this.#functions.size;
  }

  /** The static variable that an address in hex digits lies in: `pcpu_alloc_mutex`, `name+0x18 [module]`. */
  variable(hex: string): string | undefined {
    const found = this.#variables.find(BigInt(`0x${hex}`));
    if (found === undefined || found.offset >= LARGEST_STATIC_BYTES) {
      return undefined;
    }
    const [name, module] = found.name.split(' ');
    const member = found.offset === 0n ? name! : `${name}+0x${found.offset.toString(16)}`;
    return module === undefined ? member : `${member} ${module}`;
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
    const found = this.#functions.find(address);
    if (found === undefined) {
      return undefined;
    }
    const [name, module] = found.name.split(' ');
    const frame = `${name}+0x${found.offset.toString(16)}/0x${found.size.toString(16)}`;
    return module === undefined ? frame : `${frame} ${module}`;
  }
}

type SymbolRow = readonly [address: bigint, name: string];

class SortedSymbols {
  readonly #addresses: BigUint64Array;
  readonly #names: readonly string[];

  constructor(rows: readonly SymbolRow[]) {
    const sorted = rows.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#addresses = BigUint64Array.from(sorted, (row) => row[0]);
    this.#names = sorted.map((row) => row[1]);
  }

  get size(): number {
    return this.#names.length;
  }

  /** The symbol that covers an address; it reaches to the next one. */
  find(address: bigint): { name: string; offset: bigint; size: bigint } | undefined {
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
    const name = this.#names[low - 1]!;
    return address >= end ? undefined : { name, offset: address - start, size: end - start };
  }
}

/** True for frames of the tracer itself (a BPF program, its trampoline, or that of a return probe), which lie between the task's own. */
function isTracerFrame(frame: string): boolean {
  return (
    /^(bpf_(prog|trampoline)_|(__)?kretprobe_trampoline\b|arch_rethook_trampoline\b)/.test(frame) ||
    frame.endsWith('[bpf]')
  );
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

/** A frame without its offset, size and module. */
export function functionOf(frame: string): string {
  return frame.split('+', 1)[0]!;
}
