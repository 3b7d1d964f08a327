import type { Kind } from '../trace/index.ts';
import { Resource } from './objects.ts';
import type { Random } from './random.ts';

const LOCK_BASE = 0xffff_8880_0000_0000n;
const FOLIO_BASE = 0xffff_ea00_0000_0000n;
const STEP = 0x40n;
const INODES = 64;
const PAGES = 1024;

/** Where the kernel's objects lie: one address after the other, folios apart from the rest. */
export class Memory {
  readonly #random: Random;
  #locks = 0n;
  #folios = 0n;

  constructor(random: Random) {
    this.#random = random;
  }

  lock(kind: Kind): Resource {
    return new Resource(kind, this.#lockAddress(), undefined);
  }

  /** Two locks of which only one exists at a time: the memory of one is freed, and the other comes to lie there. */
  lockPair(first: Kind, second: Kind): readonly [Resource, Resource] {
    const id = this.#lockAddress();
    return [new Resource(first, id, undefined), new Resource(second, id, undefined)];
  }

  folio(): Folio {
    const id = hex(FOLIO_BASE + STEP * this.#folios++);
    const label = this.pageLabel();
    return {
      lock: new Resource('folio_lock', id, label),
      writeback: new Resource('folio_writeback', id, label),
    };
  }

  pageLabel(): string {
    return `page ${this.#random.below(PAGES)} of inode ${this.#random.between(12, 11 + INODES)} on 254:1`;
  }

  #lockAddress(): string {
    return hex(LOCK_BASE + STEP * this.#locks++);
  }
}

/** The two bits of one folio. */
export interface Folio {
  readonly lock: Resource;
  readonly writeback: Resource;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
