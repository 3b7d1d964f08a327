import { buffer } from 'node:stream/consumers';
import type { Command } from 'commander';
import { findRunningLab } from '../../../lab/lab-connection.ts';
import type { ShellTarget } from '../../../target/target.ts';
import { HoldwaitError } from '../../../trace/index.ts';
import { addExamples } from '../../shared/examples.ts';
import { addNotes } from '../../shared/help-notes.ts';
import { withInterrupt } from '../../shared/interrupt.ts';
import { connectLab } from '../../shared/lab-connection.ts';
import { addLabName, type LabNameFlags, labName } from './lab-name.ts';
import { currentTerminal, withRawMode } from './terminal.ts';

/** `holdwait lab ssh [NAME] [-- COMMAND…]`: a shell, or one command, in a guest. */
export function addSsh(lab: Command): void {
  const command = addLabName(lab.command('ssh'))
    .argument('[command...]', 'behind --: run this instead of a shell; its exit status becomes this one')
    .description('a root shell in a guest')
    .action((_name: string | undefined, _words: string[], flags: LabNameFlags, command: Command) =>
      withInterrupt(async (signal) => {
        const { name, words } = splitWords(command, flags);
        process.exitCode = await runSsh(labName(name, flags), words, signal);
      }),
    );
  addNotes(command, {
    paragraphs: ["What comes on standard input, up to its end, is the command's; `< /dev/null` for none."],
  });
  addExamples(command, [
    ['holdwait lab ssh', 'a shell'],
    ['holdwait lab ssh second', 'in the guest of that name'],
    ['holdwait lab ssh -- uname -r', 'one command'],
    ["holdwait lab ssh second -- 'dmesg | tail'", 'a line for the shell of the guest'],
    ["holdwait lab ssh -- 'cat >/root/test.bt' < test.bt", 'copy a file into it'],
  ]);
}

/** Commander drops the `--`: whether the first word is a name or a command can only be told from the raw line. */
function splitWords(command: Command, flags: LabNameFlags): { name?: string; words: readonly string[] } {
  let root = command;
  while (root.parent !== null) {
    root = root.parent;
  }
  const raw = (root as Command & { rawArgs: readonly string[] }).rawArgs;
  const behind = raw.includes('--') ? raw.length - raw.indexOf('--') - 1 : 0;
  const before = command.args.slice(0, command.args.length - behind);
  if (before.length > 1 || (before.length === 1 && flags.name !== undefined)) {
    const hint = `holdwait lab ssh ${before[0]} -- ${before.slice(1).join(' ')}`.trim();
    throw new HoldwaitError('usage', 'SSH_WORDS', 'A command for the guest goes behind --.', { hint });
  }
  return { name: before[0], words: command.args.slice(before.length) };
}

async function runSsh(name: string, words: readonly string[], signal: AbortSignal): Promise<number> {
  const target = await connectLab(findRunningLab(name), signal);
  try {
    return words.length === 0 ? await runShell(target) : await runCommand(target, words.join(' '), signal);
  } finally {
    await target.close();
  }
}

async function runShell(target: ShellTarget): Promise<number> {
  const terminal = currentTerminal();
  try {
    return await withRawMode(() => target.shell(terminal));
  } finally {
    terminal.close();
  }
}

/** All of standard input, unless it is a terminal: a guest's command is given its input before it starts. */
async function readInput(): Promise<Buffer | undefined> {
  return process.stdin.isTTY ? undefined : buffer(process.stdin);
}

async function runCommand(target: ShellTarget, line: string, signal: AbortSignal): Promise<number> {
  const running = await target.start(line, { signal, input: await readInput() });
  running.stdout.pipe(process.stdout, { end: false });
  running.stderr.pipe(process.stderr, { end: false });
  const end = await running.done;
  signal.throwIfAborted();
  if (end.lost !== undefined) {
    throw new HoldwaitError('target', 'GUEST_LOST', end.lost, { hint: 'holdwait lab logs' });
  }
  return end.status ?? 255;
}
