import { Command } from 'commander';
import { listLeaves } from './shared/command-tree.ts';
import { reportError } from './shared/errors.ts';
import { addExamples } from './shared/examples.ts';
import { allowClosedPipe, layoutWidth, printError } from './shared/output.ts';
import { packageVersion } from './shared/package-version.ts';
import { addVerbosityOptions, applyVerbosity } from './shared/verbosity.ts';

type Register = (program: Command) => void;

/**
 * One entry for each file of commands/, in the order in which --help lists them. A file is loaded only if its command
 * is asked for: SSH, SQLite and Arrow together take longer to load than most analyses to run.
 */
const COMMANDS: ReadonlyMap<string, () => Promise<Register>> = new Map([
  ['repro', async () => (await import('./commands/repro.ts')).registerRepro],
  ['lab', async () => (await import('./commands/lab.ts')).registerLab],
  ['doctor', async () => (await import('./commands/doctor.ts')).registerDoctor],
  ['capture', async () => (await import('./commands/capture.ts')).registerCapture],
  ['watch', async () => (await import('./commands/watch.ts')).registerWatch],
  ['snapshot', async () => (await import('./commands/snapshot.ts')).registerSnapshot],
  ['analyze', async () => (await import('./commands/analyze.ts')).registerAnalyze],
  ['show', async () => (await import('./commands/show.ts')).registerShow],
  ['simulate', async () => (await import('./commands/simulate.ts')).registerSimulate],
  ['import', async () => (await import('./commands/import.ts')).registerImport],
  ['export', async () => (await import('./commands/export.ts')).registerExport],
  ['catalog', async () => (await import('./commands/catalog.ts')).registerCatalog],
  ['guide', async () => (await import('./commands/guide.ts')).registerGuide],
  ['schema', async () => (await import('./commands/schema.ts')).registerSchema],
]);

/** Runs the command that `argv` (as in process.argv) names and sets the exit status. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  allowClosedPipe(process.stdout);
  allowClosedPipe(process.stderr);
  try {
    const program = await createProgram(argv[2]);
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = reportError(error, printError);
  }
}

/** The command line, nothing parsed yet: with the one command that is named, or with all where none of them is. */
export async function createProgram(name?: string): Promise<Command> {
  const program = new Command('holdwait')
    .description('Who waits for whom in a Linux kernel, on what, and whether it can ever end.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print what can be given')
    .helpCommand('help [command]', 'print what can be given to a command')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'holdwait: ')),
      getOutHelpWidth: () => layoutWidth(undefined),
      getErrHelpWidth: () => layoutWidth(undefined, process.stderr.columns),
    })
    .showHelpAfterError('hint: `--help` behind the command prints what can be given')
    .addHelpText('after', `\n${EXIT_STATUS_HELP}`);
  addExamples(program, [
    ['holdwait repro ext4-fault-writeback', 'make a documented hang happen in a guest, and explain it'],
    ['holdwait doctor root@db1', 'whether a machine of yours can be captured'],
    ['holdwait capture root@db1 -o hang.sqlite', 'record who waits for whom there, until Ctrl-C'],
    ['holdwait analyze hang.sqlite', 'say it, and whether it can ever end'],
  ]);
  const named = COMMANDS.get(name ?? '');
  for (const load of named === undefined ? COMMANDS.values() : [named]) {
    const register = await load();
    register(program);
  }
  for (const { command } of listLeaves(program)) {
    addVerbosityOptions(command);
  }
  return program.hook('preAction', (_, command) => applyVerbosity(command.opts()));
}

const EXIT_STATUS_HELP = `Exit status: 0 nothing found, 1 a finding (deadlock, suspected, hang), 2 usage or unreadable input,
3 target, bpftrace or VM failure, 130 interrupted.`;
