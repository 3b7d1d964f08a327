import type { Command } from 'commander';
import { type ConsoleInput, openConsole } from '../../../lab/open-console.ts';
import { HoldwaitError } from '../../../trace/index.ts';
import { addExamples } from '../../shared/examples.ts';
import { printNote } from '../../shared/output.ts';
import { addLabName, type LabNameFlags, labName } from './lab-name.ts';
import { currentTerminal, withRawMode } from './terminal.ts';

/** Ctrl-], as telnet and virsh have it. */
const ESCAPE_KEY = '\x1d';

/** `holdwait lab console`: the guest's serial line, which answers when nothing else does. */
export function addConsole(lab: Command): void {
  const command = addLabName(lab.command('console'))
    .description('the serial console of a guest, with a root shell; Ctrl-] leaves it')
    .action(async (name: string | undefined, flags: LabNameFlags) => {
      const end = await runConsole(labName(name, flags));
      printNote(end === 'left' ? '\nleft the console; the guest goes on' : '\nthe guest has ended');
    });
  addExamples(command, [
    ['holdwait lab console', 'where a guest still answers that takes no login any more'],
    ['holdwait lab console second', 'that of another guest'],
  ]);
}

async function runConsole(name: string): Promise<'ended' | 'left'> {
  if (!process.stdin.isTTY) {
    throw new HoldwaitError('usage', 'NOT_A_TERMINAL', 'The console needs a terminal.', {
      hint: 'holdwait lab logs prints what the guest has said; holdwait lab ssh -- COMMAND runs a command.',
    });
  }
  const leaving = new AbortController();
  const terminal = currentTerminal();
  printNote(`console of lab ${name}: Ctrl-] leaves it, Return shows the prompt`);
  try {
    return await withRawMode(() =>
      openConsole(name, {
        columns: terminal.columns,
        rows: terminal.rows,
        signal: leaving.signal,
        onData: (text) => void process.stdout.write(text),
        onOpen: (input) => {
          passKeys(input, leaving);
          terminal.onResize((columns, rows) => input.resize(columns, rows));
        },
      }),
    );
  } finally {
    terminal.close();
  }
}

function passKeys(input: ConsoleInput, leaving: AbortController): void {
  process.stdin.setEncoding('utf8').on('data', (keys: string) => {
    const [before] = keys.split(ESCAPE_KEY);
    input.write(before!);
    if (before!.length < keys.length) {
      leaving.abort();
    }
  });
}
