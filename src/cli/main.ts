import { Command } from 'commander';
import { registerAnalyze } from './commands/analyze.ts';
import { registerCatalog } from './commands/catalog.ts';
import { registerExport } from './commands/export.ts';
import { registerImport } from './commands/import.ts';
import { registerSchema } from './commands/schema.ts';
import { registerShow } from './commands/show.ts';
import { reportError } from './shared/errors.ts';
import { allowClosedPipe, printNote } from './shared/output.ts';
import { packageVersion } from './shared/package-version.ts';

/** One entry per file of commands/, in the order in which --help lists them. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  registerAnalyze,
  registerShow,
  registerImport,
  registerExport,
  registerCatalog,
  registerSchema,
];

/** Runs the command that `argv` (as in process.argv) names and sets the exit status. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  allowClosedPipe(process.stdout);
  allowClosedPipe(process.stderr);
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportError(error, printNote);
  }
}

/** The command line with every command registered, nothing parsed yet. */
export function createProgram(): Command {
  const program = new Command('holdwait')
    .description('Who waits for whom in a Linux kernel, on what, and whether it can ever end.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print what can be given')
    .helpCommand('help [command]', 'print what can be given to a command')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'holdwait: ')) })
    .showHelpAfterError('hint: `--help` behind the command prints what can be given')
    .addHelpText('after', `\n${EXIT_STATUS_HELP}`);
  for (const register of COMMANDS) {
    register(program);
  }
  return program;
}

const EXIT_STATUS_HELP = `Exit status: 0 nothing found, 1 a finding (deadlock, suspected, hang), 2 usage or unreadable input,
3 target, bpftrace or VM failure, 130 interrupted.`;
