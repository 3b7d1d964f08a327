import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { fileError, HoldwaitError } from '../../trace/index.ts';
import { type ManEdition, manName, renderManPage } from '../man/man-page.ts';
import { listCommands, type PlacedCommand } from '../shared/command-tree.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { printText } from '../shared/output.ts';
import { packageVersion } from '../shared/package-version.ts';
import { findSimilar } from '../shared/similar.ts';

interface ManFlags {
  readonly output?: string;
  readonly force?: boolean;
}

const MS_PER_S = 1000;

/** `holdwait man [COMMAND…]`: the manual page of a command, made from its options as they are. */
export function registerMan(program: Command, loadAll: () => Promise<Command>): void {
  const command = program
    .command('man')
    .description('show the manual page of holdwait or of one of its commands, or write them all')
    .argument('[command...]', 'words of the command, as `lab up`')
    .option('-o, --output <dir>', 'write the pages of all commands into this folder instead')
    .option('--force', 'replace pages that are there already')
    .action(async (words: readonly string[], flags: ManFlags) => {
      const pages = listCommands(await loadAll());
      flags.output === undefined
        ? await showPage(findPage(pages, words))
        : writePages(pages, flags.output, flags);
    });
  addNotes(command, {
    paragraphs: [
      'On a terminal the page is shown with man(1); elsewhere it is printed as man(1) reads it. A package that npm has installed for all users (npm install --global) has brought them along: `man holdwait-analyze`.',
    ],
  });
  addExamples(command, [
    ['holdwait man', 'what there is'],
    ['holdwait man lab up', 'the page of a command'],
    ['holdwait man analyze | man -Tutf8 -l - | less', 'the same by hand'],
    ['holdwait man --output ~/.local/share/man/man1', 'all of them, for `man holdwait`'],
  ]);
}

function findPage(pages: readonly PlacedCommand[], words: readonly string[]): PlacedCommand {
  const wanted = words.join('-');
  const names = pages.map(({ path }) => path.join('-'));
  const found = pages[names.indexOf(wanted)];
  if (found === undefined) {
    const similar = findSimilar(
      words.join(' '),
      pages.map(({ path }) => path.join(' ')),
    );
    throw new HoldwaitError('usage', 'COMMAND_UNKNOWN', `holdwait has no command ${words.join(' ')}`, {
      hint:
        similar === undefined ? '`holdwait --help` lists them.' : `Did you mean \`holdwait man ${similar}\`?`,
    });
  }
  return found;
}

async function showPage(page: PlacedCommand): Promise<void> {
  const text = renderManPage(page, edition());
  if (!process.stdout.isTTY) {
    printText(text);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-man-'));
  try {
    const path = join(folder, `${manName(page.path)}.1`);
    writeFileSync(path, text);
    await runMan(path, page);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runMan(path: string, { path: words }: PlacedCommand): Promise<void> {
  const child = spawn('man', ['-l', path], { stdio: 'inherit' });
  // Ctrl-C is for the pager, which stays: whoever ends before it leaves the terminal to two readers.
  const stay = () => {};
  process.on('SIGINT', stay);
  try {
    await once(child, 'close');
  } catch (error) {
    const help = ['holdwait', ...words, '--help'].join(' ');
    throw new HoldwaitError(
      'usage',
      'MAN_MISSING',
      'man(1), which shows manual pages, could not be started',
      {
        hint: `\`${help}\` says the same, shorter; the package man-db has man(1).`,
        cause: error,
      },
    );
  } finally {
    process.off('SIGINT', stay);
  }
}

/** All or, if one of them is there already, none. */
function writePages(pages: readonly PlacedCommand[], folder: string, { force }: ManFlags): void {
  const made = edition();
  const files = pages.map((page) => ({ page, path: join(folder, `${manName(page.path)}.1`) }));
  const there = files.find(({ path }) => existsSync(path));
  if (there !== undefined && !force) {
    throw new HoldwaitError('usage', 'OUTPUT_EXISTS', `${there.path} exists already`, {
      hint: 'Name another folder with -o, or add --force.',
    });
  }
  try {
    mkdirSync(folder, { recursive: true });
    for (const { page, path } of files) {
      writeFileSync(path, renderManPage(page, made));
    }
  } catch (error) {
    throw fileError(folder, error);
  }
  printText(`${folder}: ${files.length} pages`);
}

/**
 * SOURCE_DATE_EPOCH: who builds packages wants the same file each time.
 *
 * @throws HoldwaitError (usage) DATE_INVALID
 */
function edition(): ManEdition {
  const { SOURCE_DATE_EPOCH: epoch } = process.env;
  const date = epoch === undefined ? new Date() : new Date(Number(epoch) * MS_PER_S);
  if (epoch === '' || Number.isNaN(date.getTime())) {
    throw new HoldwaitError('usage', 'DATE_INVALID', `SOURCE_DATE_EPOCH is no time: ${epoch}`, {
      hint: 'It is in seconds since 1970, as `date +%s` prints them; `env -u SOURCE_DATE_EPOCH` before the command leaves it out.',
    });
  }
  return { version: packageVersion(), date: date.toISOString().slice(0, 'yyyy-mm-dd'.length) };
}
