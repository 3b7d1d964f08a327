import { extname, join } from 'node:path';
import { spawn } from 'node-pty';
import { HoldwaitError } from '../trace/error.ts';
import { findRunningLab } from './lab-connection.ts';
import { labFile, labFolder } from './lab-state.ts';
import { withLock } from './lock.ts';

export interface ConsoleOptions {
  readonly columns: number;
  readonly rows: number;
  /** Aborting lets go of the console; the guest does not notice. */
  readonly signal: AbortSignal;
  readonly onData: (text: string) => void;
  /** Called once, when input and sizes can be sent. */
  readonly onOpen: (console: ConsoleInput) => void;
}

export interface ConsoleInput {
  /** Bytes as a terminal sends them: `\r` for the return key, `\x03` for Ctrl-C. */
  write(text: string): void;
  resize(columns: number, rows: number): void;
}

/** .ts in a checkout, .js in the published package. */
const BRIDGE = join(import.meta.dirname, `console-bridge${extname(import.meta.filename)}`);

/**
 * Joins a guest's serial console until aborted or the guest's end, which `'ended'` tells.
 *
 * The serial line is held by a process of its own on a pseudo-terminal: that gives it a size that can change and a raw
 * mode of its own, and nothing a hung guest does can keep the caller from letting go.
 *
 * @throws HoldwaitError (target): LAB_UNKNOWN, LAB_DOWN, CONSOLE_BUSY (QEMU has one client at a time)
 */
export async function openConsole(name: string, options: ConsoleOptions): Promise<'ended' | 'left'> {
  findRunningLab(name);
  const onBusy = ({ pid }: { pid: number }): never => {
    throw new HoldwaitError('target', 'CONSOLE_BUSY', `Process ${pid} has the console of lab ${name}.`, {
      hint: 'Leave it there first; `holdwait lab logs --follow` only watches.',
    });
  };
  return withLock(labFile(name, 'consoleLock'), { onBusy }, () => runBridge(labFolder(name), options));
}

function runBridge(folder: string, options: ConsoleOptions): Promise<'ended' | 'left'> {
  const { columns: cols, rows, signal } = options;
  return new Promise((resolve) => {
    const bridge = spawn(process.execPath, [BRIDGE, folder], { cols, rows, encoding: 'utf8' });
    const leave = (): void => bridge.kill('SIGKILL');
    bridge.onData(options.onData);
    bridge.onExit(() => {
      signal.removeEventListener('abort', leave);
      resolve(signal.aborted ? 'left' : 'ended');
    });
    signal.addEventListener('abort', leave);
    if (signal.aborted) {
      leave();
    }
    options.onOpen({
      write: (text) => bridge.write(text),
      resize: (columns, newRows) => bridge.resize(columns, newRows),
    });
  });
}
