import { options, type RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { type Palette, readPalette, watchTheme } from './palette.ts';

export interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Inner size of an element, without scroll bars. */
export function useSize(ref: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ widthPx: 0, heightPx: 0 });
  useLayoutEffect(() => {
    const element = ref.current!;
    const measure = () => {
      const { clientWidth: widthPx, clientHeight: heightPx } = element;
      setSize((old) => (old.widthPx === widthPx && old.heightPx === heightPx ? old : { widthPx, heightPx }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return size;
}

/** The colours where the element is; undefined before it is there. */
export function usePalette(ref: RefObject<HTMLElement | null>): Palette | undefined {
  const [palette, setPalette] = useState<Palette>();
  useLayoutEffect(() => {
    const read = () => setPalette(readPalette(ref.current!));
    read();
    return watchTheme(() => renderNow(read));
  }, []);
  return palette;
}

/** Whether the page is being printed. Rendered at once: what is drawn in the next frame is not on the paper. */
export function useIsPrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false);
  useEffect(() => {
    const query = matchMedia('print');
    const onChange = () => renderNow(() => setPrinting(query.matches));
    // Within an effect nothing can be rendered at once.
    setPrinting(query.matches);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  return isPrinting;
}

function renderNow(change: () => void): void {
  const usual = options.debounceRendering;
  options.debounceRendering = (render) => render();
  try {
    change();
  } finally {
    options.debounceRendering = usual;
  }
}

export interface Surface extends Size {
  readonly isPrinting?: boolean;
}

/** A printer has finer dots than a screen. */
const PRINT_RATIO = 3;

/** Draws after each rendering, at most once a frame, as sharp as the screen is. */
export function useDrawing(
  ref: RefObject<HTMLCanvasElement | null>,
  { widthPx, heightPx, isPrinting = false }: Surface,
  draw: (context: CanvasRenderingContext2D) => void,
): void {
  const latest = useRef<() => void>(() => {});
  const frame = useRef(0);
  latest.current = () => {
    frame.current = 0;
    const canvas = ref.current;
    if (canvas !== null && widthPx > 0 && heightPx > 0) {
      const ratio = isPrinting ? PRINT_RATIO : devicePixelRatio;
      draw(prepareCanvas(canvas, { widthPx, heightPx }, ratio));
    }
  };
  useLayoutEffect(() => {
    if (isPrinting) {
      latest.current();
    } else if (frame.current === 0) {
      frame.current = requestAnimationFrame(() => latest.current());
    }
  });
  useEffect(() => {
    const redraw = () => latest.current();
    // Moved to another screen, a window has other pixels and the same size.
    addEventListener('resize', redraw);
    return () => {
      removeEventListener('resize', redraw);
      cancelAnimationFrame(frame.current);
    };
  }, []);
}

/** A canvas of so many CSS pixels, drawn in these. */
function prepareCanvas(
  canvas: HTMLCanvasElement,
  { widthPx, heightPx }: Size,
  ratio: number,
): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')!;
  const width = Math.round(widthPx * ratio);
  const height = Math.round(heightPx * ratio);
  // Setting a size, even the same, makes a new bitmap.
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.style.width = `${widthPx}px`;
  canvas.style.height = `${heightPx}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

const CALM_MS = 250;

/** What a screen reader says: only what one comes to rest on, and not everything passed on the way. */
export function useAnnouncer(): readonly [told: string, tell: (text: string) => void] {
  const [told, setTold] = useState('');
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (text: string) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setTold(text), CALM_MS);
  };
  return [told, tell];
}
