import { setTimeout as sleep } from 'node:timers/promises';
import { readTail } from './build-log.ts';
import { findPanic, readConsoleEnd } from './console-log.ts';
import { type LabState, labFile } from './lab-state.ts';
import { isRunning } from './process-identity.ts';

/** How a guest ended. */
export interface GuestEnd {
  readonly type: 'panic' | 'ended';
  /** The panic's line, or what QEMU said last. */
  readonly reason: string;
  /** Its console's lines around the panic, or the last ones. */
  readonly consoleTail: readonly string[];
}

const POLL_MS = 200;
/** A panic prints far more than this behind its first line only where every CPU's stack is asked for. */
const PANIC_BYTES = 65_536;

/**
 * Resolves when the guest is gone, by its own panic or because somebody ended QEMU.
 *
 * @throws the signal's reason when aborted
 */
export async function watchLab(lab: LabState, options: { signal?: AbortSignal } = {}): Promise<GuestEnd> {
  while (isRunning(lab.qemu)) {
    await sleep(POLL_MS, undefined, { signal: options.signal });
  }
  const consoleTail = readConsoleEnd(labFile(lab.name, 'console'));
  const panic = findPanic(readTail(labFile(lab.name, 'console'), PANIC_BYTES));
  if (panic !== undefined) {
    return { type: 'panic', reason: panic, consoleTail };
  }
  const said = readTail(labFile(lab.name, 'qemuLog'), 1024).trim();
  return { type: 'ended', reason: said === '' ? 'QEMU ended' : said, consoleTail };
}
