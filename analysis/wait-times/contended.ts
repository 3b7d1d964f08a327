import { NONE } from '../../src/trace/index.ts';

/** A resource that tasks wait for now, and how they stand before it. */
export class Contended {
  readonly resource: number;
  /** Nodes of its fronts by FrontKind, NONE where none is needed; how many waits each has. */
  readonly fronts = [NONE, NONE, NONE];
  readonly members = [0, 0, 0];
  /** Rows of waits that name a holder which may still count. */
  readonly named = new Set<number>();
  /** Rows of waits for reading. */
  readonly readers = new Set<number>();
  /** Row of the first writer in the queue when it was looked at last. */
  firstWriter = NONE;
  /** Waits that are some task's present one. */
  waiting = 0;

  constructor(resource: number) {
    this.resource = resource;
  }
}
