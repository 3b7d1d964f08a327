import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Item } from './model/item.ts';
import type { Mentions } from './model/mentions.ts';
import type { PageModel } from './model/page-model.ts';
import type { Terms } from './model/search.ts';

/** What every part of the page knows. */
export interface Page {
  readonly model: PageModel;
  /** What follows the `#` of the address; empty where nothing is selected. */
  readonly selected: string;
  /** undefined also for a handle that stands for nothing on this page. */
  readonly item: Item | undefined;
  readonly mentions: Mentions;
  /** Changes the address, so that one can go back; empty closes the panel. */
  readonly select: (handle: string) => void;
  readonly terms: Terms;
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  return useContext(PageContext)!;
}
