import type { HoldLook, WaitLook } from './looks.ts';

export interface BarColours {
  readonly face: string;
  readonly edge: string;
}

export interface WaitColours extends BarColours {
  /** What can be read on the face. */
  readonly text: string;
}

/** Every colour and font of the timeline, as the style sheet has them now. */
export interface Palette {
  readonly font: string;
  readonly smallFont: string;
  readonly text: string;
  readonly paper: string;
  readonly muted: string;
  readonly line: string;
  readonly grid: string;
  readonly stripe: string;
  readonly outside: string;
  readonly accent: string;
  readonly closed: string;
  readonly waits: Readonly<Record<WaitLook, WaitColours>>;
  readonly holds: Readonly<Record<HoldLook, BarColours>>;
}

/** Resolves the custom properties of timeline.css where the element is. */
export function readPalette(element: HTMLElement): Palette {
  const probe = element.ownerDocument.createElement('span');
  probe.hidden = true;
  element.append(probe);
  // A custom property reads as it was written, `light-dark(…)` and all; a colour that is made of it is resolved.
  const colour = (name: string) => {
    probe.style.color = `var(--timeline-${name})`;
    return getComputedStyle(probe).color;
  };
  const bar = (name: WaitLook | HoldLook): BarColours => ({
    face: colour(`${name}-face`),
    edge: colour(`${name}-edge`),
  });
  const wait = (name: WaitLook): WaitColours => ({ ...bar(name), text: colour(`${name}-text`) });
  const { fontFamily } = getComputedStyle(element);
  const palette: Palette = {
    font: `12px ${fontFamily}`,
    smallFont: `11px ${fontFamily}`,
    text: colour('text'),
    paper: colour('paper'),
    muted: colour('muted'),
    line: colour('line'),
    grid: colour('grid'),
    stripe: colour('stripe'),
    outside: colour('outside'),
    accent: colour('accent'),
    closed: colour('closed'),
    waits: { lock: wait('lock'), io: wait('io'), behind: wait('behind'), cycle: wait('cycle') },
    holds: { held: bar('held'), wanted: bar('wanted') },
  };
  probe.remove();
  return palette;
}

/** Calls whenever the colours may have changed: the reader's theme, the page's own, forced colours, and paper, which is light. */
export function watchTheme(onChange: () => void): () => void {
  const stop = new AbortController();
  for (const query of ['print', '(prefers-color-scheme: dark)', '(forced-colors: active)']) {
    matchMedia(query).addEventListener('change', onChange, stop);
  }
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true });
  return () => {
    stop.abort();
    observer.disconnect();
  };
}
