/** What can be chosen on the timeline. Rows are positions in the columns of Timeline.waits and Timeline.holds. */
export type TimelineItem =
  | { readonly type: 'wait'; readonly row: number }
  | { readonly type: 'hold'; readonly row: number }
  | { readonly type: 'task'; readonly lane: number }
  /** The moment a cycle closed; position in `closedNs`. */
  | { readonly type: 'cycle'; readonly cycle: number };

export function isSameItem(a: TimelineItem | undefined, b: TimelineItem | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && keyOf(a) === keyOf(b));
}

function keyOf(item: TimelineItem): string {
  switch (item.type) {
    case 'wait':
    case 'hold':
      return `${item.type} ${item.row}`;
    case 'task':
      return `task ${item.lane}`;
    case 'cycle':
      return `cycle ${item.cycle}`;
  }
}
