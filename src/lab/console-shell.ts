import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandEnd, RunningCommand, Target } from '../target/target.ts';
import { HoldwaitError } from '../trace/error.ts';
import { cleanConsole } from './console-log.ts';
import { findRunningLab } from './lab-connection.ts';
import { labFile, labFolder } from './lab-state.ts';
import { withLock } from './lock.ts';
import { LAB_FILES } from './qemu-args.ts';

/** What the kernel prints comes between the lines of whoever uses the console. */
const KERNEL_LINE = /^(?:# |> )*\[ *\d+\.\d{6}\]/;
const INTERRUPT_KEY = '\x03';
const QUIET_MS = 1_000;

/** What can be had of a guest over its console. */
export type ConsoleTarget = Pick<Target, 'name' | 'start' | 'close'>;

/**
 * The root shell on a guest's serial console, for when the guest takes no new login. It runs one script, which then is
 * given lines; `exec dmesg` gives what the console has printed so far. Nothing else can be started.
 */
export function openConsoleTarget(lab: string): ConsoleTarget {
  const closing = new AbortController();
  let isTaken = false;
  return {
    name: `lab:${lab}`,
    start: async (command, options) => {
      if (command === 'exec dmesg') {
        return readLog(lab);
      }
      if (isTaken || options?.takesLines !== true) {
        throw busyError(lab, 'The console');
      }
      isTaken = true;
      return runOnConsole(lab, command, closing.signal);
    },
    close: async () => closing.abort(),
  };
}

function busyError(lab: string, who: string): HoldwaitError {
  return new HoldwaitError('target', 'CONSOLE_BUSY', `${who} has the console of lab ${lab}.`, {
    hint: 'Leave it there first; `holdwait lab logs --follow` only watches.',
  });
}

async function readLog(lab: string): Promise<RunningCommand> {
  const text = cleanConsole(await readFile(labFile(lab, 'console'), 'utf8'));
  return {
    stdout: Readable.from([Buffer.from(text)]),
    stderr: Readable.from([]),
    interrupt: () => {},
    writeLine: () => {},
    done: Promise.resolve({ status: 0 }),
  };
}

/** Holds the console, which has one client at a time, until the signal or the guest's end. */
function runOnConsole(lab: string, script: string, signal: AbortSignal): Promise<RunningCommand> {
  findRunningLab(lab);
  const { promise: opened, resolve, reject } = Promise.withResolvers<RunningCommand>();
  const onBusy = ({ pid }: { pid: number }): never => {
    throw busyError(lab, `Process ${pid}`);
  };
  withLock(labFile(lab, 'consoleLock'), { onBusy }, async () => {
    const serial = connectSerial(labFolder(lab));
    const leave = (): void => void serial.destroy();
    signal.addEventListener('abort', leave);
    const { promise: ended, resolve: end } = Promise.withResolvers<CommandEnd>();
    serial.on('error', reject).on('close', () => end({ status: undefined, lost: 'the console was left' }));
    // Whatever stands half typed there is given up; what comes right behind the key would be, too.
    serial.write(INTERRUPT_KEY);
    await sleep(QUIET_MS);
    resolve(typeScript(serial, script, ended));
    await ended;
  }).catch(reject);
  return opened;
}

/** The path of a socket has room for 107 bytes, a lab's folder may be longer: an open folder has a short name. */
function connectSerial(folder: string): Socket {
  const opened = openSync(folder, 'r');
  const socket = connect(join('/proc/self/fd', String(opened), LAB_FILES.serial));
  return socket.on('close', () => closeSync(opened));
}

/** The console's shell takes the script as if it were typed, and what it echoes is taken out of the answer. */
function typeScript(serial: Socket, script: string, done: Promise<CommandEnd>): RunningCommand {
  const stdout = new PassThrough();
  const echoes = new Set<string>();
  let rest = '';
  serial.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text.replaceAll('\r', '')}`.split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!echoes.delete(line) && !KERNEL_LINE.test(line)) {
        stdout.write(`${line}\n`);
      }
    }
  });
  done.then(() => stdout.end());
  // In braces: all of the script is read before it reads lines itself.
  serial.write(`{\r${script.replaceAll('\n', '\r')}\r}\r`);
  return {
    stdout,
    stderr: Readable.from([]),
    interrupt: () => void serial.write(INTERRUPT_KEY),
    writeLine: (line) => {
      echoes.add(line);
      serial.write(`${line}\r`);
    },
    done,
  };
}
