import { type PlacedNode, POINT_WIDTH, type Point, round } from './place-graph.ts';

/** A line through the points, as the `d` of a path: one bow through three of them, else upright at each. */
export function pathThrough(points: readonly Point[]): string {
  const [first, middle, last] = points;
  if (first === undefined) {
    return '';
  }
  const pieces =
    points.length === 3 ? [bow(first, middle!, last!)] : points.slice(1).map((to, i) => bend(points[i]!, to));
  return `M${first.x} ${first.y}${pieces.join('')}`;
}

/** A curve through the point in the middle, or past it where it would have to swing out beyond it. */
function bow(from: Point, middle: Point, to: Point): string {
  const all = [from.x, middle.x, to.x];
  const through = (8 * middle.x - from.x - to.x) / 6;
  const x = round(Math.min(Math.max(...all), Math.max(Math.min(...all), through)));
  const lead = (to.y - from.y) / 3;
  return `C${x} ${round(from.y + lead)} ${x} ${round(to.y - lead)} ${to.x} ${to.y}`;
}

function bend(from: Point, to: Point): string {
  const middle = round((from.y + to.y) / 2);
  return `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
}

/** The outline of a box: tasks have round corners, resources pointed sides. */
export function outlineOf({ type, width, height }: PlacedNode): string {
  const x = width / 2;
  const y = height / 2;
  if (type === 'resource') {
    const inner = x - POINT_WIDTH;
    return `M${-x} 0L${-inner} ${-y}H${inner}L${x} 0L${inner} ${y}H${-inner}Z`;
  }
  const r = type === 'task' ? 7 : 0;
  return `M${-x + r} ${-y}H${x - r}q${r} 0 ${r} ${r}V${y - r}q0 ${r} ${-r} ${r}H${-x + r}q${-r} 0 ${-r} ${-r}V${-y + r}q0 ${-r} ${r} ${-r}Z`;
}
