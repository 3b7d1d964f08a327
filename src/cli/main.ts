import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { fileError, HoldwaitError } from '../trace/error.ts';
import { locateConfig } from './config/config-path.ts';
import { isConfigurable } from './config/refused-keys.ts';
import { listLeaves, pathOf } from './shared/command-tree.ts';
import { reportError } from './shared/errors.ts';
import { addExamples } from './shared/examples.ts';
import { EXIT_STATUSES, ExitStatus } from './shared/exit-status.ts';
import { addNotes } from './shared/help-notes.ts';
import { allowClosedPipe, layoutWidth, printError, printVerbose } from './shared/output.ts';
import { packageVersion } from './shared/package-version.ts';
import { addVerbosityOptions, applyVerbosity } from './shared/verbosity.ts';

/** @param loadAll for commands that are about all the others */
type Register = (program: Command, loadAll: () => Promise<Command>) => void;

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
  ['open', async () => (await import('./commands/open.ts')).registerOpen],
  ['simulate', async () => (await import('./commands/simulate.ts')).registerSimulate],
  ['import', async () => (await import('./commands/import.ts')).registerImport],
  ['export', async () => (await import('./commands/export.ts')).registerExport],
  ['query', async () => (await import('./commands/query.ts')).registerQuery],
  ['catalog', async () => (await import('./commands/catalog.ts')).registerCatalog],
  ['guide', async () => (await import('./commands/guide.ts')).registerGuide],
  ['config', async () => (await import('./commands/config.ts')).registerConfig],
  ['completion', async () => (await import('./commands/completion.ts')).registerCompletion],
  ['man', async () => (await import('./commands/man.ts')).registerMan],
  ['schema', async () => (await import('./commands/schema.ts')).registerSchema],
]);

/** What may stand before the command as well, as other programs have it. */
const LEVELS: ReadonlySet<string> = new Set(['-q', '--quiet', '-v', '--verbose']);

/** Runs the command that `argv` (as in process.argv) names and sets the exit status. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  allowClosedPipe(process.stdout, (error) => {
    process.exit(reportError(fileError('standard output', error), printError));
  });
  allowClosedPipe(process.stderr, () => process.exit(ExitStatus.usage));
  try {
    const given = argv.slice(2);
    const start = given.findIndex((word) => !LEVELS.has(word));
    const words = rephraseHelp(start < 0 ? [] : given.slice(start));
    refuseEarlyOption(words);
    const program = await createProgram(words[0]);
    const levels = start < 0 ? given : given.slice(0, start);
    await program.parseAsync(toCall(words, levels, program), { from: 'user' });
  } catch (error) {
    process.exitCode = reportError(error, printError);
  }
}

/** `help lab up` → `lab up --help` */
function rephraseHelp(words: readonly string[]): readonly string[] {
  return words[0] === 'help' ? [...words.slice(1), '--help'] : words;
}

/** An option of a command has no meaning before it, and commander would only say that there is none. */
function refuseEarlyOption(words: readonly string[]): void {
  const command = words.findIndex((word) => COMMANDS.has(word));
  if (command > 0 && words[0]!.startsWith('--')) {
    const early = words.slice(0, command).join(' ');
    throw new HoldwaitError('usage', 'OPTION_EARLY', `${early} stands before the command`, {
      hint: `Options stand behind it: holdwait ${words[command]} … ${early}`,
    });
  }
}

/**
 * With the levels behind the command, where its options are: `-v lab up` → `lab up -v`. Ends at a command that there is
 * not: with a --help behind it commander would print help, and not what is meant.
 */
function toCall(words: readonly string[], levels: readonly string[], program: Command): string[] {
  let command = program;
  for (const [i, word] of words.entries()) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) {
      const isMistyped = command.commands.length > 0 && !word.startsWith('-');
      return isMistyped ? words.slice(0, i + 1) : [...words.slice(0, i), ...levels, ...words.slice(i)];
    }
    command = next;
  }
  return [...words, ...levels];
}

/** The command line, nothing parsed yet: with the one command that is named, or with all where none of them is. */
export async function createProgram(name?: string): Promise<Command> {
  const program = new Command('holdwait')
    .description('Who waits for whom in a Linux kernel, on what, and whether it can ever end')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print what can be given')
    .helpCommand('help [command]', 'print what can be given to a command')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'holdwait: ')),
      getOutHelpWidth: () => layoutWidth(undefined),
      getErrHelpWidth: () => layoutWidth(undefined, process.stderr.columns),
    })
    .showHelpAfterError('hint: `--help` behind the command prints what can be given');
  addNotes(program, {
    paragraphs: [
      '`holdwait COMMAND --help` prints its options, with examples. --quiet and --verbose go with every command.',
      'A duration is a number and a unit: 500us, 10ms, 5s, 2m, 1h. A size is bytes, or with a unit: 4096, 64K, 512M, 4G.',
    ],
    exitStatus: EXIT_STATUSES.map((pair) => pair.join(' ')).join(', '),
  });
  addExamples(program, [
    ['holdwait repro ext4-fault-writeback', 'make a documented hang happen in a guest, and explain it'],
    ['holdwait doctor root@db1', 'whether a machine of yours can be captured'],
    ['holdwait capture root@db1 -o hang.sqlite', 'record who waits for whom there, until Ctrl-C'],
    ['holdwait analyze hang.sqlite', 'say it, and whether it can ever end'],
    ['holdwait snapshot root@db1', 'it hangs now, and nothing was tracing'],
  ]);
  const named = COMMANDS.get(name ?? '');
  for (const load of named === undefined ? COMMANDS.values() : [named]) {
    const register = await load();
    register(program, () => createProgram());
  }
  for (const { command } of listLeaves(program)) {
    addVerbosityOptions(command);
  }
  return program.hook('preAction', (_, command) => prepare(command));
}

/** Between parsing and action: what the configuration says is added to the options, and the verbosity set. */
async function prepare(command: Command): Promise<void> {
  const location = isConfigurable(pathOf(command)) ? locateConfig() : undefined;
  const isThere =
    location !== undefined && (location.from === 'HOLDWAIT_CONFIG' || existsSync(location.path));
  const done = isThere ? await applyConfigFile(location.path, command) : [];
  applyVerbosity(command.opts());
  done.forEach(printVerbose);
}

/** The parser of the file is loaded only if there is one. */
async function applyConfigFile(path: string, command: Command): Promise<readonly string[]> {
  const { applyConfig } = await import('./config/apply-config.ts');
  return applyConfig(path, command, { names: COMMANDS.keys(), load: () => createProgram() });
}
