import type { TimelineItem } from './item.ts';
import type { LaneRows } from './lane-rows.ts';
import type { TimelineModel } from './model.ts';
import type { TimeView } from './time-view.ts';
import type { TracedChain } from './trace-chain.ts';

/** Everything a drawing of the lanes depends on, besides the colours. */
export interface Scene {
  readonly model: TimelineModel;
  readonly rows: LaneRows;
  readonly view: TimeView;
  /** In CSS pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Names of tasks stand left of this. */
  readonly gutterPx: number;
  /** How far the lanes are scrolled. */
  readonly scrollPx: number;
  readonly hovered: TimelineItem | undefined;
  readonly focused: TimelineItem | undefined;
  readonly selected: TimelineItem | undefined;
  /** Of what is selected. */
  readonly chain: TracedChain | undefined;
}
