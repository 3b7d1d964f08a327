import { useState } from 'preact/hooks';
import { describeItem } from './describe-item.ts';
import type { TimelineItem } from './item.ts';
import type { TimelineModel } from './model.ts';

/** The item that keys start from: the last that was gone to or clicked. */
export interface ItemFocus {
  readonly focused: TimelineItem | undefined;
  /** undefined while it is not to be seen: for who clicks, and after the keys went elsewhere. */
  readonly shown: TimelineItem | undefined;
  readonly setFocused: (item: TimelineItem | undefined) => void;
  /** By key: shows it, brings it into view and says it in words. */
  readonly focusOn: (item: TimelineItem) => void;
  readonly hideFocus: () => void;
}

interface Options {
  readonly model: TimelineModel;
  readonly tell: (text: string) => void;
  readonly reveal: (item: TimelineItem) => void;
  /** What is under the pointer is no longer what matters. */
  readonly leave: () => void;
}

export function useItemFocus({ model, tell, reveal, leave }: Options): ItemFocus {
  const [focused, setFocused] = useState<TimelineItem>();
  const [isShown, setShown] = useState(false);
  return {
    focused,
    shown: isShown ? focused : undefined,
    setFocused,
    focusOn: (item) => {
      setFocused(item);
      setShown(true);
      leave();
      reveal(item);
      const { title, lines } = describeItem(model, item);
      tell([title, ...lines].join(', '));
    },
    hideFocus: () => setShown(false),
  };
}
