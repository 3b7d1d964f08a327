import { useLayoutEffect } from 'preact/hooks';
import { FILTER_ID, readPageKey } from './keys.ts';

/** The keys that work wherever one is on the page. */
export function usePageKeys(areSignsKeys: boolean, onHelp: () => void, onClose: () => void): void {
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isTaken = event.defaultPrevented || document.querySelector('dialog[open]') !== null;
      const { key, target, ctrlKey, altKey, metaKey } = event;
      const hasModifier = ctrlKey || altKey || metaKey;
      const asked = isTaken
        ? undefined
        : readPageKey({ key, isWriting: isWriting(target), hasModifier, areSignsKeys });
      if (asked === undefined) {
        return;
      }
      event.preventDefault();
      act(asked, onHelp, onClose);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}

function act(
  asked: NonNullable<ReturnType<typeof readPageKey>>,
  onHelp: () => void,
  onClose: () => void,
): void {
  switch (asked) {
    case 'filter':
      document.getElementById(FILTER_ID)?.focus();
      return;
    case 'help':
      onHelp();
      return;
    case 'close':
      onClose();
      return;
    case 'leave':
      (document.activeElement as HTMLElement | null)?.blur();
  }
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}
