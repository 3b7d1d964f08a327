import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldwaitError } from '../trace/error.ts';
import type { ResolvedLabOptions } from './lab-options.ts';
import { labsFolder } from './paths.ts';
import { isRunning, type ProcessIdentity } from './process-identity.ts';
import { LAB_FILES } from './qemu-args.ts';

/** What lab.json keeps of a lab, from QEMU's start on. */
export interface LabState {
  readonly schema: 'holdwait.lab/1';
  readonly name: string;
  readonly qemu: ProcessIdentity;
  /**
   * The process this guest must not outlive: while it boots, and for the whole session of a command that takes it down
   * itself. undefined = it stays until `lab down`.
   */
  readonly owner?: ProcessIdentity;
  readonly booted: boolean;
  readonly sshPort: number;
  readonly accelerator: 'kvm' | 'tcg';
  /** Why that one. */
  readonly acceleratorReason: string;
  readonly kernelRelease: string;
  readonly imageFolder: string;
  /** Copies in the lab's folder: the image may be rebuilt while the guest runs. */
  readonly privateKeyPath: string;
  readonly hostKeyPath: string;
  readonly options: ResolvedLabOptions;
  /** ISO 8601. */
  readonly startedAt: string;
  /** From QEMU's start to an answer of sshd. */
  readonly bootMs?: number;
}

export type LabCondition = 'up' | 'booting' | 'abandoned' | 'down';

export function labFolder(name: string): string {
  return join(labsFolder(), name);
}

export function labFile(name: string, file: keyof typeof LAB_FILES): string {
  return join(labFolder(name), LAB_FILES[file]);
}

/** undefined if there is no such lab, or its state was never written. */
export function tryReadLabState(name: string): LabState | undefined {
  try {
    const state: LabState = JSON.parse(readFileSync(labFile(name, 'state'), 'utf8'));
    return state.schema === 'holdwait.lab/1' ? state : undefined;
  } catch {
    return undefined;
  }
}

/** @throws HoldwaitError (target, LAB_UNKNOWN) */
export function readLabState(name: string): LabState {
  const state = tryReadLabState(name);
  if (state === undefined) {
    const start = `holdwait lab up${name === 'default' ? '' : ` --name ${name}`}`;
    const hint = `${start} boots it; holdwait lab list says which there are`;
    throw new HoldwaitError('target', 'LAB_UNKNOWN', `There is no lab ${name}.`, { hint });
  }
  return state;
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export function writeLabState(state: LabState): void {
  const path = labFile(state.name, 'state');
  mkdirSync(labFolder(state.name), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(state, undefined, 2)}\n`);
  renameSync(next, path);
}

/** abandoned = QEMU runs, but the process that has to take it down has died. */
export function labCondition(state: LabState): LabCondition {
  if (!isRunning(state.qemu)) {
    return 'down';
  }
  if (state.owner !== undefined && !isRunning(state.owner)) {
    return 'abandoned';
  }
  return state.booted ? 'up' : 'booting';
}

/** Every lab there is, by name, running or not. */
export function listLabStates(): LabState[] {
  const folder = labsFolder();
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder)
    .sort()
    .map(tryReadLabState)
    .filter((state) => state !== undefined);
}
