import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type LabState,
  labCondition,
  labFolder,
  listLabStates,
  readLabState,
  tryReadLabState,
} from './lab-state.ts';
import { endProcess } from './process-identity.ts';

/** What is of use after a guest's end: its console, QEMU's output and how it was started. */
const KEPT = /\.(log|json|pub)$|^client_key$/;

/**
 * Ends a guest and deletes its disks; console and state stay for `lab logs`. Ending one that is down only tidies up.
 *
 * @returns whether it was running
 * @throws HoldwaitError (target, LAB_UNKNOWN)
 */
export async function stopLab(name: string): Promise<boolean> {
  const state = readLabState(name);
  const wasRunning = labCondition(state) !== 'down';
  await endProcess(state.qemu);
  const folder = labFolder(name);
  for (const file of readdirSync(folder)) {
    if (!KEPT.test(file)) {
      rmSync(join(folder, file), { force: true });
    }
  }
  return wasRunning;
}

/** Ends a guest and deletes all of its files. */
export async function removeLab(name: string): Promise<void> {
  const state = tryReadLabState(name);
  if (state !== undefined) {
    await endProcess(state.qemu);
  }
  rmSync(labFolder(name), { recursive: true, force: true });
}

/** Ends guests whose command was killed before it could. Returns their names. */
export async function stopAbandonedLabs(): Promise<string[]> {
  const abandoned = listLabStates().filter((state) => labCondition(state) === 'abandoned');
  for (const { name } of abandoned) {
    await stopLab(name);
  }
  return abandoned.map(({ name }) => name);
}

/** Folders of the images that running guests read from. */
export function listImagesInUse(): Set<string> {
  const running = listLabStates().filter((state: LabState) => labCondition(state) !== 'down');
  return new Set(running.map(({ imageFolder }) => imageFolder));
}
