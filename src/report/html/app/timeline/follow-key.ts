import { centreOf, fitItem, middleOf } from './item-time.ts';
import type { KeyCommand } from './key-command.ts';
import type { LaneRows } from './lane-rows.ts';
import type { TimelineModel } from './model.ts';
import { firstFocus, moveFocus } from './move-focus.ts';
import { panView, zoomView } from './time-view.ts';
import type { TimelineViewProps } from './timeline-view.tsx';
import type { ItemFocus } from './use-item-focus.ts';
import type { TimeViewState } from './use-time-view.ts';

export interface KeyTarget {
  readonly model: TimelineModel;
  readonly rows: LaneRows;
  readonly time: TimeViewState;
  readonly focus: ItemFocus;
  readonly leave: () => void;
  readonly onSelect: TimelineViewProps['onSelect'];
}

/** Does what a key asks for. */
export function followKey(
  command: KeyCommand,
  { model, rows, time, focus, leave, onSelect }: KeyTarget,
): void {
  const { view, bounds, firstView, onTellView } = time;
  const { focused, focusOn, hideFocus } = focus;
  switch (command.type) {
    case 'move': {
      const from = focused ?? firstFocus(rows);
      if (from !== undefined) {
        focusOn(moveFocus(model, rows, from, command.move, middleOf(view)));
      }
      break;
    }
    case 'pan':
      onTellView(panView(view, bounds, (view.toNs - view.fromNs) * command.share));
      break;
    case 'zoom':
      onTellView(zoomView(view, bounds, centreOf(model, view, focused), command.factor));
      break;
    case 'fit-all':
      onTellView(bounds);
      break;
    case 'fit-cycles':
      onTellView(firstView);
      break;
    case 'fit-focus':
      onTellView((focused && fitItem(model, focused, bounds)) ?? view);
      break;
    case 'select':
      if (focused !== undefined) {
        onSelect(focused);
      }
      break;
    case 'dismiss':
      leave();
      hideFocus();
      onSelect(undefined);
  }
}
