import type { FocusMove } from './move-focus.ts';

/** What a key asks for. */
export type KeyCommand =
  | { readonly type: 'move'; readonly move: FocusMove }
  /** By a share of what is seen. */
  | { readonly type: 'pan'; readonly share: number }
  | { readonly type: 'zoom'; readonly factor: number }
  | { readonly type: 'fit-all' | 'fit-cycles' | 'fit-focus' }
  | { readonly type: 'select' }
  | { readonly type: 'dismiss' };

interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

export const ZOOM_STEP = 1.6;
const PAN_SHARE = 0.2;

const COMMANDS: ReadonlyMap<string, KeyCommand> = new Map<string, KeyCommand>([
  ['ArrowLeft', { type: 'move', move: 'previous' }],
  ['ArrowRight', { type: 'move', move: 'next' }],
  ['ArrowUp', { type: 'move', move: 'up' }],
  ['ArrowDown', { type: 'move', move: 'down' }],
  ['Home', { type: 'move', move: 'first' }],
  ['End', { type: 'move', move: 'last' }],
  ['PageUp', { type: 'move', move: 'pageUp' }],
  ['PageDown', { type: 'move', move: 'pageDown' }],
  ['+', { type: 'zoom', factor: ZOOM_STEP }],
  ['=', { type: 'zoom', factor: ZOOM_STEP }],
  ['-', { type: 'zoom', factor: 1 / ZOOM_STEP }],
  ['_', { type: 'zoom', factor: 1 / ZOOM_STEP }],
  ['0', { type: 'fit-all' }],
  ['c', { type: 'fit-cycles' }],
  ['f', { type: 'fit-focus' }],
  ['Enter', { type: 'select' }],
  [' ', { type: 'select' }],
  ['Escape', { type: 'dismiss' }],
]);

const PANS: ReadonlyMap<string, KeyCommand> = new Map<string, KeyCommand>([
  ['ArrowLeft', { type: 'pan', share: -PAN_SHARE }],
  ['ArrowRight', { type: 'pan', share: PAN_SHARE }],
]);

/** undefined: the key means nothing here and is the browser's. */
export function readKey({ key, shiftKey, ctrlKey, metaKey, altKey }: Key): KeyCommand | undefined {
  if (ctrlKey || metaKey || altKey) {
    return undefined;
  }
  return (shiftKey ? PANS.get(key) : undefined) ?? COMMANDS.get(key);
}

/** What to tell those who come by keyboard. */
export const KEY_HELP =
  'Arrow keys go from span to span and from task to task, Enter shows one, Shift with left or right moves in time, ' +
  'plus and minus zoom, 0 shows everything, C the cycle, F the span itself, Escape lets go.';
