import { chmodSync, copyFileSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HoldwaitError } from '../trace/error.ts';
import { type BuildImageOptions, ensureImage } from './build-image.ts';
import { explainBuildFailure } from './build-log.ts';
import { findProgram } from './find-program.ts';
import type { LabImage } from './image.ts';
import { type KvmProbe, probeKvm, QEMU } from './kvm-probe.ts';
import { type LabOptions, type ResolvedLabOptions, resolveLabOptions } from './lab-options.ts';
import {
  type LabState,
  labCondition,
  labFile,
  labFolder,
  tryReadLabState,
  writeLabState,
} from './lab-state.ts';
import { withLock } from './lock.ts';
import { endProcess, identifySelf } from './process-identity.ts';
import { withStep } from './progress.ts';
import { diskFile, LAB_FILES } from './qemu-args.ts';
import { runLogged } from './run-logged.ts';
import { abandonQemu, type StartedQemu, startQemu } from './start-qemu.ts';
import { type BootWatch, waitForReadyLine, waitForSsh } from './wait-for-boot.ts';

export interface StartLabOptions
  extends LabOptions,
    Pick<BuildImageOptions, 'acceptExpired' | 'signal' | 'onProgress'> {
  /**
   * `detached` (default): the guest stays until stopLab. `session`: it also ends with this process, however that ends.
   */
  readonly lifetime?: 'detached' | 'session';
  /** For the boot alone, not for building the image. Default 120,000. */
  readonly bootTimeoutMs?: number;
}

/** A running guest. */
export type Lab = LabState;

const DEFAULT_BOOT_TIMEOUT_MS = 120_000;

/**
 * Boots a guest with disks of its own and resolves when sshd answers; builds its image first if there is none. If it
 * fails or is aborted, nothing is left running.
 *
 * @throws HoldwaitError (target): QEMU is missing, the guest did not boot (with its console's last lines), the name is
 *   taken by a running lab; (usage): an option makes no sense
 */
export async function startLab(given: StartLabOptions = {}): Promise<Lab> {
  const options = resolveLabOptions(given);
  for (const program of [QEMU, 'qemu-img']) {
    findProgram(program);
  }
  const image = await ensureImage(options.kernel, given);
  const { name } = options;
  mkdirSync(labFolder(name), { recursive: true, mode: 0o700 });
  return withLock(labFile(name, 'lock'), { signal: given.signal, onBusy: refuseBusy(name) }, async () => {
    await makeRoom(name);
    await prepareFolder(options, image, given.signal);
    return boot(options, image, given);
  });
}

async function boot(options: ResolvedLabOptions, image: LabImage, given: StartLabOptions): Promise<Lab> {
  const { signal, onProgress } = given;
  const probe = await withStep(onProgress, 'probe-kvm', 'trying KVM', () => probeKvm(signal));
  const beganMs = performance.now();
  const started = await startQemu({ options, ...image, accelerator: probe.usable ? 'kvm' : 'tcg' });
  try {
    const state = describeLab(options, image, probe, started);
    writeLabState(state);
    await waitForGuest(state, given);
    const lab: LabState = {
      ...state,
      booted: true,
      bootMs: Math.round(performance.now() - beganMs),
      owner: given.lifetime === 'session' ? state.owner : undefined,
    };
    writeLabState(lab);
    if (lab.owner === undefined) {
      started.guard.release();
    }
    return lab;
  } catch (error) {
    await abandonQemu(started);
    throw error;
  }
}

async function waitForGuest(state: LabState, given: StartLabOptions): Promise<void> {
  const { signal, onProgress } = given;
  const watch: BootWatch = {
    name: state.name,
    qemu: state.qemu,
    timeoutMs: given.bootTimeoutMs ?? DEFAULT_BOOT_TIMEOUT_MS,
    signal,
    onConsoleLine: (text) => onProgress?.({ type: 'step-detail', step: 'boot', text }),
  };
  const how = state.accelerator === 'kvm' ? 'with KVM' : 'without KVM';
  await withStep(onProgress, 'boot', `booting ${state.kernelRelease} ${how}`, () => waitForReadyLine(watch));
  await withStep(onProgress, 'ssh', 'waiting for sshd', () => waitForSsh(watch, state.sshPort));
}

function describeLab(
  options: ResolvedLabOptions,
  image: LabImage,
  probe: KvmProbe,
  started: StartedQemu,
): LabState {
  const folder = labFolder(options.name);
  return {
    schema: 'holdwait.lab/1',
    name: options.name,
    qemu: started.process,
    owner: identifySelf(),
    booted: false,
    sshPort: started.sshPort,
    accelerator: probe.usable ? 'kvm' : 'tcg',
    acceleratorReason: probe.reason,
    kernelRelease: image.manifest.kernelRelease,
    imageFolder: image.folder,
    privateKeyPath: join(folder, 'client_key'),
    hostKeyPath: join(folder, 'host_key.pub'),
    options,
    startedAt: new Date().toISOString(),
  };
}

/** A guest whose command died is taken down; a running one is somebody's. */
async function makeRoom(name: string): Promise<void> {
  const before = tryReadLabState(name);
  const condition = before === undefined ? 'down' : labCondition(before);
  if (condition === 'abandoned') {
    await endProcess(before!.qemu);
  } else if (condition !== 'down') {
    throw nameTaken(name, `is up (process ${before!.qemu.pid})`);
  }
}

async function prepareFolder(
  options: ResolvedLabOptions,
  image: LabImage,
  signal?: AbortSignal,
): Promise<void> {
  const { name, disks } = options;
  const folder = labFolder(name);
  rmSync(labFile(name, 'state'), { force: true });
  rmSync(labFile(name, 'console'), { force: true });
  copyFileSync(image.privateKeyPath, join(folder, 'client_key'));
  chmodSync(join(folder, 'client_key'), 0o600);
  copyFileSync(image.hostKeyPath, join(folder, 'host_key.pub'));
  disks.forEach(({ sizeMib }, index) => {
    const path = join(folder, diskFile(index));
    rmSync(path, { force: true });
    writeFileSync(path, '');
    truncateSync(path, sizeMib * 2 ** 20);
  });
  await createOverlay(options, image, signal);
}

async function createOverlay(
  options: ResolvedLabOptions,
  image: LabImage,
  signal?: AbortSignal,
): Promise<void> {
  const logPath = labFile(options.name, 'qemuLog');
  rmSync(logPath, { force: true });
  const args = ['create', '-q', '-f', 'qcow2', '-b', image.rootPath, '-F', 'raw', LAB_FILES.overlay];
  const cwd = labFolder(options.name);
  const status = await runLogged(findProgram('qemu-img'), args, { cwd, logPath, signal });
  if (status !== 0) {
    throw explainBuildFailure('qemu-img', logPath, options.kernel);
  }
}

function refuseBusy(name: string) {
  return ({ pid }: { pid: number }): never => {
    throw nameTaken(name, `is being started by process ${pid}`);
  };
}

function nameTaken(name: string, fact: string): HoldwaitError {
  const hint =
    name === 'default'
      ? 'Take it down with: holdwait lab down; or start another one: holdwait lab up --name second'
      : `Take it down with: holdwait lab down --name ${name}`;
  return new HoldwaitError('target', 'LAB_BUSY', `The lab ${name} ${fact}.`, { hint });
}
