import { KEY_HELP } from './timeline/key-command.ts';

export const FILTER_ID = 'filter';

/** Every key of the page, with what it does. */
export const KEYS: readonly (readonly [key: string, what: string])[] = [
  ['/', 'goes to the filter'],
  ['Esc', 'closes the panel of details, or leaves the filter'],
  ['↑ ↓', 'in a table: to the row above or below'],
  ['Enter', 'on a row, a box of the drawing or a link: shows its details'],
  ['← →', 'on the tabs: to the cycle before or after'],
  ['Alt ←', 'back to what was selected before'],
  ['timeline', KEY_HELP],
  ['?', 'lists the keys'],
];

/** What a key asks of the page; undefined: nothing, or it is meant for where one writes. */
export function readPageKey({
  key,
  isWriting,
  hasModifier,
  areSignsKeys,
}: {
  readonly key: string;
  readonly isWriting: boolean;
  readonly hasModifier: boolean;
  /** The reader has not turned off that signs are keys. */
  readonly areSignsKeys: boolean;
}): 'filter' | 'help' | 'close' | 'leave' | undefined {
  if (hasModifier) {
    return undefined;
  }
  if (key === 'Escape') {
    return isWriting ? 'leave' : 'close';
  }
  if (isWriting || !areSignsKeys) {
    return undefined;
  }
  return key === '/' ? 'filter' : key === '?' ? 'help' : undefined;
}
