import type { Kind } from '../trace/index.ts';
import { Resource } from './objects.ts';
import type { Random } from './random.ts';

const LOCK_BASE = 0xffff_8880_0000_0000n;
const FOLIO_BASE = 0xffff_ea00_0000_0000n;
const STEP = 0x40n;
/** Pages that a folio can come to be, one after the other. */
const PAGES_PER_PLACE = 16;
const FIRST_INODE = 12;
const NEW_FILES = 1_000_000;

/** Where the kernel's objects lie: one address after the other, folios apart from the rest. */
export class Memory {
  readonly #random: Random;
  #locks = 0n;
  #folios = 0n;
  #newFiles = 0;

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

  /** @param file number of the file that it is a page of; @param place among the pages of that file, in their order */
  folio(file: number, place: number): Folio {
    const id = hex(FOLIO_BASE + STEP * this.#folios++);
    const label = this.pageLabel(file, place);
    return {
      lock: new Resource('folio_lock', id, label),
      writeback: new Resource('folio_writeback', id, label),
      file,
      place,
    };
  }

  /** One of the pages that can be at that place: whichever it is, the pages of a file stay in their order. */
  pageLabel(file: number, place: number): string {
    const page = place * PAGES_PER_PLACE + this.#random.below(PAGES_PER_PLACE);
    return `page ${page} of inode ${FIRST_INODE + file} on 254:1`;
  }

  /** Number of a file that no healthy task has to do with. */
  newFile(): number {
    return NEW_FILES + this.#newFiles++;
  }

  #lockAddress(): string {
    return hex(LOCK_BASE + STEP * this.#locks++);
  }
}

/** The two bits of one folio. */
export interface Folio {
  readonly lock: Resource;
  readonly writeback: Resource;
  readonly file: number;
  readonly place: number;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
