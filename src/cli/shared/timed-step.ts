import { beginStep } from '../../lab/step-times.ts';
import type { Progress } from './progress.ts';

/**
 * Begins a step that goes on for about as long as the last time on this machine.
 *
 * @param name what it is remembered by; its text unless given
 * @returns what remembers how long it took: to be called when it was done, not when it failed
 */
export function beginTimedStep(progress: Progress, text: string, name = text): () => void {
  const { lastMs, end } = beginStep(name);
  progress.step(text, { lastMs });
  return end;
}
