import { useEffect, useState } from 'preact/hooks';

const DELAY_MS = 120;

/** A text as it was when its writer last paused: nothing is searched for each letter. */
export function useDelayed(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
