import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { cleanConsole, readConsoleTail } from '../../../lab/console-log.ts';
import { labFile, readLabState } from '../../../lab/lab-state.ts';
import { isRunning } from '../../../lab/process-identity.ts';
import { addExamples } from '../../shared/examples.ts';
import { withInterrupt } from '../../shared/interrupt.ts';
import { parsePositiveInt } from '../../shared/options.ts';
import { printText } from '../../shared/output.ts';
import { addLabName, type LabNameFlags, labName } from './lab-name.ts';

interface LogsFlags extends LabNameFlags {
  readonly lines?: number;
  readonly follow?: boolean;
}

const POLL_MS = 200;
const CHUNK_BYTES = 65_536;

/** `holdwait lab logs`: what a guest has printed on its console, also after its end. */
export function addLogs(lab: Command): void {
  const command = addLabName(lab.command('logs'))
    .description('print the console of a guest, running or not')
    .option('--lines <n>', 'only the last ones', parsePositiveInt)
    .option('--follow', 'go on until the guest ends or Ctrl-C')
    .action((name: string | undefined, flags: LogsFlags) =>
      withInterrupt((signal) => runLogs(labName(name, flags), flags, signal)),
    );
  addExamples(command, [
    ['holdwait lab logs --lines 50', 'the end of the console'],
    ['holdwait lab logs --follow', 'all of it, and what is still to come'],
    ['holdwait lab logs | holdwait analyze -', "what the guest's kernel has said of hung tasks"],
  ]);
}

async function runLogs(name: string, flags: LogsFlags, signal: AbortSignal): Promise<void> {
  const state = readLabState(name);
  if (flags.lines !== undefined) {
    printText(readConsoleTail(labFile(name, 'console'), flags.lines).join('\n'));
  }
  const file = openSync(labFile(name, 'console'), 'r');
  try {
    let offset = copyFrom(file, 0, flags.lines === undefined);
    while (flags.follow && isRunning(state.qemu)) {
      await sleep(POLL_MS, undefined, { signal });
      offset = copyFrom(file, offset, true);
    }
  } finally {
    closeSync(file);
  }
}

/** Prints from an offset to the end, if wanted, and returns where the end is. */
function copyFrom(file: number, from: number, print: boolean): number {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let offset = from;
  for (;;) {
    const length = readSync(file, chunk, 0, CHUNK_BYTES, offset);
    if (length === 0) {
      return offset;
    }
    offset += length;
    if (print) {
      process.stdout.write(cleanConsole(chunk.toString('latin1', 0, length)));
    }
  }
}
