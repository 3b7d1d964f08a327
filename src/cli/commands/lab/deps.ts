import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { type Dependency, installCommands, listDependencies, tryListMissing } from '../../../lab/deps.ts';
import { wrap } from '../../../report/layout.ts';
import { HoldwaitError } from '../../../trace/index.ts';
import { addExamples } from '../../shared/examples.ts';
import { withInterrupt } from '../../shared/interrupt.ts';
import { layoutWidth, printJson, printNote, printText } from '../../shared/output.ts';
import { confirm } from './confirm.ts';

interface DepsFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `holdwait lab deps`: installs the Debian packages the lab needs on this machine. */
export function addDeps(lab: Command): void {
  const command = lab
    .command('deps')
    .description('install what the lab needs on this machine (Debian packages, with apt as root)')
    .option('--dry-run', 'only say what is missing')
    .option('--yes', 'do not ask')
    .option('--json', 'print what is needed and what is missing as data; installs nothing')
    .action((flags: DepsFlags) => withInterrupt((signal) => runDeps(flags, signal)));
  addExamples(command, [
    ['holdwait lab deps --dry-run', 'what is missing, and the commands that install it'],
    ['holdwait lab deps', 'install it after asking'],
    ['holdwait lab deps --yes', 'in a script'],
  ]);
}

async function runDeps(flags: DepsFlags, signal: AbortSignal): Promise<void> {
  const needed = listDependencies();
  const missing = tryListMissing(needed);
  if (flags.json) {
    printJson({ needed, missing: missing?.map(({ name }) => name) ?? null });
  } else if (missing === undefined) {
    refuseSystem(needed);
  } else if (missing.length === 0) {
    printText(
      wrap(`Everything the lab needs is installed: ${listNames(needed)}.`, layoutWidth(undefined)).join('\n'),
    );
  } else {
    await installMissing(missing, flags, signal);
  }
}

async function installMissing(
  missing: readonly Dependency[],
  flags: DepsFlags,
  signal: AbortSignal,
): Promise<void> {
  const commands = installCommands(missing.map(({ name }) => name));
  printText(
    ['Missing:', describe(missing), 'Commands:', ...commands.map((words) => `  ${words.join(' ')}`)].join(
      '\n',
    ),
  );
  if (flags.dryRun) {
    return;
  }
  await confirm('Run them?', flags.yes, signal);
  for (const [program, ...args] of commands) {
    await runOnTerminal(program!, args, signal);
  }
}

/** The person sees apt's output as it comes and can give sudo a password. */
async function runOnTerminal(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  printNote(`+ ${[program, ...args].join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const child = spawn(program, args, { stdio: ['inherit', 2, 2], env, signal });
  const [status] = await once(child, 'close');
  if (status !== 0) {
    throw new HoldwaitError(
      'target',
      'INSTALL_FAILED',
      `${program} ${args[0]} ended with status ${status}.`,
      {
        hint: 'Its own words are above.',
      },
    );
  }
}

function refuseSystem(needed: readonly Dependency[]): never {
  const message = `This is not a Debian system. The lab needs what these Debian packages contain:\n${describe(needed)}`;
  throw new HoldwaitError('target', 'NOT_DEBIAN', message, {
    hint: 'Install these under the names they have here, then: holdwait lab up',
  });
}

function describe(packages: readonly Dependency[]): string {
  const width = Math.max(...packages.map(({ name }) => name.length));
  return packages.map(({ name, reason }) => `  ${name.padEnd(width)}  ${reason}`).join('\n');
}

function listNames(packages: readonly Dependency[]): string {
  return packages.map(({ name }) => name).join(', ');
}
