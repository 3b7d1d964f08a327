import { join } from 'node:path';
import { runHoldwait } from './run-timed.ts';

const SEED = '1';

/** Makes each size once. */
export function createSimulatedCaptures(folder: string, onProgress: (text: string) => void) {
  const made = new Map<number, Promise<string>>();
  return (events: number): Promise<string> => {
    const path = made.get(events) ?? simulate(join(folder, `simulated-${events}.arrow`), events, onProgress);
    made.set(events, path);
    return path;
  };
}

async function simulate(path: string, events: number, onProgress: (text: string) => void): Promise<string> {
  onProgress(`simulating ${events.toLocaleString('en')} events`);
  await runHoldwait(['simulate', '--events', String(events), '--seed', SEED, '-o', path]);
  return path;
}
