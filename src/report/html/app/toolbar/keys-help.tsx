import { useLayoutEffect, useRef } from 'preact/hooks';
import { KEYS } from '../keys.ts';

interface KeysHelpProps {
  /** Who speaks to a computer says signs that are no keys, and so WCAG (2.1.4) wants a way to turn these off. */
  readonly areSignsKeys: boolean;
  readonly onSignsKeys: (areSignsKeys: boolean) => void;
  readonly onClose: () => void;
}

/** The keys of the page, over it. */
export function KeysHelp({ areSignsKeys, onSignsKeys, onClose }: KeysHelpProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => ref.current?.showModal(), []);
  return (
    <dialog ref={ref} class="keys" aria-labelledby="keys" onClose={onClose}>
      <div class="bar">
        <h2 id="keys">Keys</h2>
        <button type="button" onClick={() => ref.current?.close()}>
          Close <kbd>Esc</kbd>
        </button>
      </div>
      <dl class="facts">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label>
        <input
          type="checkbox"
          checked={areSignsKeys}
          onChange={(event) => onSignsKeys(event.currentTarget.checked)}
        />{' '}
        <kbd>/</kbd> and <kbd>?</kbd> work everywhere on this page
      </label>
    </dialog>
  );
}
