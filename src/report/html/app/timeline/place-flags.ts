import type { ColumnScale } from './span-index.ts';
import { xOf } from './time-view.ts';

/** A label at the moment a cycle closed; one for several where they would lie over each other. */
export interface CycleFlag {
  /** Position of the first in `closedNs`. */
  readonly cycle: number;
  readonly count: number;
  readonly x: number;
  /** It stands left of the moment: right of it there is no room. */
  readonly isLeft: boolean;
}

/** Room a label takes. */
const FLAG_PX = 150;

/** Labels of the moments within the view, from left to right. */
export function placeFlags(closedNs: readonly number[], scale: ColumnScale): CycleFlag[] {
  const order = closedNs.map((_, cycle) => cycle).sort((a, b) => closedNs[a]! - closedNs[b]!);
  const flags: CycleFlag[] = [];
  for (const cycle of order) {
    const x = xOf(scale, closedNs[cycle]!);
    const last = flags.at(-1);
    if (x < 0 || x > scale.widthPx) {
      continue;
    }
    if (last !== undefined && x - last.x < FLAG_PX) {
      flags[flags.length - 1] = { ...last, count: last.count + 1 };
    } else {
      flags.push({ cycle, count: 1, x, isLeft: x > scale.widthPx - FLAG_PX });
    }
  }
  return flags;
}
