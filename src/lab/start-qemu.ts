import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readTail } from './build-log.ts';
import { findProgram } from './find-program.ts';
import { findFreePort } from './free-port.ts';
import { type Guard, guardProcess } from './guard.ts';
import { QEMU } from './kvm-probe.ts';
import { labFile, labFolder } from './lab-state.ts';
import { endProcess, identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';
import { buildQemuArgs, type QemuSpec } from './qemu-args.ts';

export interface StartedQemu {
  readonly process: ProcessIdentity;
  readonly sshPort: number;
  /** Ends QEMU with this process until released. */
  readonly guard: Guard;
}

const PORT_ATTEMPTS = 5;
/** QEMU has bound its ports long before; only then is it known that nobody else took them. */
const SETTLE_MS = 200;

/** Starts a guest in its lab's folder, detached from the terminal, on a port that was free. */
export async function startQemu(spec: Omit<QemuSpec, 'sshPort'>): Promise<StartedQemu> {
  for (let attempt = 1; ; attempt++) {
    const sshPort = await findFreePort();
    const started = await spawnQemu({ ...spec, sshPort });
    await sleep(SETTLE_MS);
    const taken = !isRunning(started.process) && lostPort(spec.options.name);
    if (!taken || attempt === PORT_ATTEMPTS) {
      return started;
    }
  }
}

async function spawnQemu(spec: QemuSpec): Promise<StartedQemu> {
  const { name } = spec.options;
  const log = openSync(labFile(name, 'qemuLog'), 'w');
  const child = spawn(findProgram(QEMU), buildQemuArgs(spec), {
    cwd: labFolder(name),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  await once(child, 'spawn');
  child.unref();
  // A child that has ended already is a zombie until Node collects it: its start time cannot be told, and need not be.
  const process = identifyProcess(child.pid!) ?? { pid: child.pid!, startTicks: 'ended', bootId: '' };
  return { process, sshPort: spec.sshPort, guard: guardProcess(process) };
}

/** Ends a guest that must not stay. */
export async function abandonQemu({ process, guard }: StartedQemu): Promise<void> {
  await endProcess(process);
  guard.release();
}

function lostPort(name: string): boolean {
  return /Could not set up host forwarding rule/.test(readTail(labFile(name, 'qemuLog'), 4096));
}
