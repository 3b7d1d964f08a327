/** What moving pointers ask for, since the last time they were asked. */
export type Gesture =
  | { readonly type: 'none' }
  | { readonly type: 'drag'; readonly dx: number; readonly dy: number }
  /** @property factor above 1: the fingers go apart around `x` */
  | { readonly type: 'pinch'; readonly x: number; readonly dx: number; readonly factor: number };

interface Point {
  readonly x: number;
  readonly y: number;
}

const NOTHING: Gesture = { type: 'none' };
/** A hand is not quite still when it clicks. */
const SLACK_PX = 4;
/** Fingers that are as good as together would zoom without end. */
const LEAST_SPREAD_PX = 16;

/** Tells clicks, drags and pinches apart; one for each surface. */
export class GestureTracker {
  readonly #points = new Map<number, Point>();
  #start: Point = { x: 0, y: 0 };
  #hasMoved = false;

  get isDown(): boolean {
    return this.#points.size > 0;
  }

  get isDragging(): boolean {
    return this.isDown && this.#hasMoved;
  }

  down(id: number, point: Point): void {
    if (!this.isDown) {
      this.#start = point;
      this.#hasMoved = false;
    }
    this.#points.set(id, point);
  }

  move(id: number, point: Point): Gesture {
    const last = this.#points.get(id);
    if (last === undefined) {
      return NOTHING;
    }
    const other = this.#otherThan(id);
    if (other !== undefined) {
      this.#points.set(id, point);
      this.#hasMoved = true;
      return pinch(other, last, point);
    }
    if (!this.#hasMoved && Math.hypot(point.x - this.#start.x, point.y - this.#start.y) < SLACK_PX) {
      return NOTHING;
    }
    this.#hasMoved = true;
    this.#points.set(id, point);
    return { type: 'drag', dx: point.x - last.x, dy: point.y - last.y };
  }

  /** @returns whether it was a click */
  up(id: number): boolean {
    const wasDown = this.#points.delete(id);
    return wasDown && !this.isDown && !this.#hasMoved;
  }

  #otherThan(id: number): Point | undefined {
    for (const [other, point] of this.#points) {
      if (other !== id) {
        return point;
      }
    }
    return undefined;
  }
}

function pinch(still: Point, from: Point, to: Point): Gesture {
  const before = Math.max(LEAST_SPREAD_PX, Math.abs(from.x - still.x));
  const after = Math.max(LEAST_SPREAD_PX, Math.abs(to.x - still.x));
  return { type: 'pinch', x: (still.x + to.x) / 2, dx: (to.x - from.x) / 2, factor: after / before };
}
