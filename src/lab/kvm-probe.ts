import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorText } from '../trace/error.ts';
import { findProgram } from './find-program.ts';
import { cacheFolder } from './paths.ts';
import { readBootId } from './process-identity.ts';

/** Whether this machine can run guests in hardware, and how that is known. */
export interface KvmProbe {
  readonly usable: boolean;
  readonly reason: string;
}

export const QEMU = 'qemu-system-x86_64';

const TIMEOUT_MS = 5_000;
const ROM_BYTES = 65_536;
/** A CPU starts 16 bytes below the end of its ROM. */
const RESET_OFFSET = ROM_BYTES - 16;
const EXIT_PORT = 0xf4;
const EXIT_VALUE = 0x10;
/** What isa-debug-exit makes of a value written to it. */
const EXIT_STATUS = (EXIT_VALUE << 1) | 1;

/** The CPU model that guests are given with KVM; the probe uses the same one, because setting it up can fail, too. */
export const KVM_ARGS = ['-accel', 'kvm', '-cpu', 'host'] as const;

/**
 * Whether KVM works: the answer of a guest that ran, remembered until the machine boots again. A /dev/kvm that opens
 * proves nothing: inside another virtual machine it can even create guests and then be unable to run them.
 */
export async function probeKvm(signal?: AbortSignal): Promise<KvmProbe> {
  const access = checkAccess();
  if (access !== undefined) {
    return { usable: false, reason: access };
  }
  const remembered = readRemembered();
  if (remembered !== undefined) {
    return remembered;
  }
  const probe = await runKvmGuest(signal);
  remember(probe);
  return probe;
}

/** Runs three instructions in a guest whose exit status shows that they ran. */
export async function runKvmGuest(signal?: AbortSignal): Promise<KvmProbe> {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-kvm-'));
  try {
    const rom = join(folder, 'rom');
    writeFileSync(rom, makeRom());
    return await runRom(rom, signal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runRom(rom: string, signal: AbortSignal | undefined): Promise<KvmProbe> {
  const args = [
    ...KVM_ARGS,
    ...['-m', '16', '-nodefaults', '-display', 'none', '-no-reboot', '-bios', rom],
    ...['-device', `isa-debug-exit,iobase=${EXIT_PORT},iosize=1`],
  ];
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const child = spawn(findProgram(QEMU), args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    killSignal: 'SIGKILL',
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  try {
    const [status, name] = await once(child, 'close');
    return judge(status, name, said.join(''));
  } catch (error) {
    signal?.throwIfAborted();
    const reason = limit.aborted ? `a guest did not run within ${TIMEOUT_MS / 1000} s` : errorText(error);
    return { usable: false, reason };
  }
}

function judge(status: number | null, signalName: string | null, stderr: string): KvmProbe {
  if (status === EXIT_STATUS) {
    return { usable: true, reason: 'a guest ran its code' };
  }
  const [line] = stderr.split('\n').filter((text) => /error|failed|could not/i.test(text));
  return {
    usable: false,
    reason:
      line?.replace(/^qemu-system-\S+: (error: )?/, '') ??
      `QEMU ended with ${signalName ?? `status ${status}`}`,
  };
}

/** `mov dx, port; mov al, value; out dx, al; hlt` in 16-bit code. */
function makeRom(): Buffer {
  const rom = Buffer.alloc(ROM_BYTES, 0xf4);
  Buffer.from([0xba, EXIT_PORT, 0x00, 0xb0, EXIT_VALUE, 0xee, 0xf4]).copy(rom, RESET_OFFSET);
  return rom;
}

function checkAccess(): string | undefined {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'there is no /dev/kvm' : `no permission to use /dev/kvm (${code})`;
  }
}

function rememberedPath(): string {
  return join(cacheFolder(), 'kvm-probe.json');
}

function readRemembered(): KvmProbe | undefined {
  try {
    const { bootId, usable, reason } = JSON.parse(readFileSync(rememberedPath(), 'utf8'));
    return bootId === readBootId() && typeof usable === 'boolean' ? { usable, reason } : undefined;
  } catch {
    return undefined;
  }
}

function remember(probe: KvmProbe): void {
  mkdirSync(cacheFolder(), { recursive: true });
  writeFileSync(rememberedPath(), JSON.stringify({ bootId: readBootId(), ...probe }));
}
