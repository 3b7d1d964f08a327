import { NONE, type StackTable } from '../../src/trace/index.ts';
import { isOpenCall } from '../inferences.ts';
import { isInInterrupt } from '../interrupt-context.ts';
import { functionName } from '../match-frames.ts';

/** What a stack says of the order that it is part of, as bits. */
export const StackFact = {
  /** Not the task took it: what the task holds has nothing to do with it. */
  interrupt: 1,
  /** Taken by trying, which waits for nobody. */
  tries: 2,
  /** Only a call that was entered and not left: the lock itself was not seen. */
  openCall: 4,
  /** In the middle of memory reclaim. */
  reclaim: 8,
  /** Locks of two inodes, taken by the place of the one below the other in the tree of directories. */
  tree: 16,
  /** One frame at most: the function that took it, and not who called. */
  brief: 32,
  /** Nothing but that somebody started a writeback, as a record of a wait for it says. */
  toldLater: 64,
} as const;

/** A primitive that tries is found near the top: further out, the same word means another lock. */
const NEAR_TOP = 4;
const TRYING = /try_?lock/;
const STARTS_WRITEBACK = /^_*(?:folio_start_writeback|test_set_page_writeback|set_page_writeback)/;
const RECLAIMING = new Set([
  'shrink_node',
  'shrink_slab',
  'do_shrink_slab',
  'shrink_folio_list',
  'shrink_page_list',
  'try_to_free_pages',
  'try_to_free_mem_cgroup_pages',
  'balance_pgdat',
]);
/** Parents before children, and whatever is moved holds the tree still: the kernel's directory-locking document. */
const BY_TREE = new Set([
  'lock_rename',
  'lock_rename_child',
  'lock_two_directories',
  'lock_two_nondirectories',
  'do_renameat2',
  'vfs_rename',
  'vfs_link',
  'vfs_unlink',
  'vfs_rmdir',
  'do_unlinkat',
  'do_rmdir',
  'filename_create',
]);

/** The facts of each stack, found once. */
export class StackFacts {
  readonly #stacks: StackTable;
  /** Facts with the bit `KNOWN`; 0 = not yet asked for. */
  #facts = new Uint8Array(1024);

  constructor(stacks: StackTable) {
    this.#stacks = stacks;
  }

  /** Bits of StackFact. */
  of(stack: number): number {
    if (stack === NONE) {
      return StackFact.brief;
    }
    const known = this.#facts[stack];
    return known === undefined || known === 0 ? this.#find(stack) : known & ~KNOWN;
  }

  #find(stack: number): number {
    if (stack >= this.#facts.length) {
      const larger = new Uint8Array(Math.max(stack + 1, this.#facts.length * 2));
      larger.set(this.#facts);
      this.#facts = larger;
    }
    const facts = findFacts(this.#stacks.get(stack).map(functionName));
    this.#facts[stack] = facts | KNOWN;
    return facts;
  }
}

const KNOWN = 128;

function findFacts(functions: readonly string[]): number {
  return (
    (isInInterrupt(functions) ? StackFact.interrupt : 0) |
    (functions.slice(0, NEAR_TOP).some((name) => TRYING.test(name)) ? StackFact.tries : 0) |
    (functions.length === 1 && isOpenCall(functions[0]!) ? StackFact.openCall : 0) |
    (functions.some((name) => RECLAIMING.has(name)) ? StackFact.reclaim : 0) |
    (functions.some((name) => BY_TREE.has(name)) ? StackFact.tree : 0) |
    (functions.length <= 1 ? StackFact.brief : 0) |
    (functions.length === 1 && STARTS_WRITEBACK.test(functions[0]!) ? StackFact.toldLater : 0)
  );
}
