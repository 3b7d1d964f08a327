import { rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { quoteWord } from '../../target/shell-quote.ts';
import { listOpeners, trySshServer } from '../open/choose-opener.ts';
import { createPrivatePath } from '../open/private-page.ts';
import { startOpener } from '../open/start-opener.ts';
import { type AnalysisFlags, addAnalysisOptions } from '../shared/analysis-options.ts';
import { collectPage } from '../shared/collect-page.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { printNote, printText } from '../shared/output.ts';
import { addPageOptions, type PageFlags } from '../shared/page-options.ts';
import { verdictStatus } from '../shared/print-analysis.ts';
import { removeIfUnfinished } from '../shared/unfinished.ts';
import { addWaitOptions, type WaitFlags } from '../shared/wait-options.ts';
import { writePage } from '../shared/write-page.ts';

interface OpenFlags extends AnalysisFlags, WaitFlags, PageFlags {
  /** false: `--no-browser`. */
  readonly browser: boolean;
}

/** `holdwait open FILE`: the report page of a capture in a browser. */
export function registerOpen(program: Command): void {
  const command = program
    .command('open')
    .description("show a capture's report as a page in the browser")
    .argument('<file>', 'capture, as for `analyze`')
    .option('--no-browser', 'write the page and print its path, no more');
  addNotes(command, {
    paragraphs: [
      'The page is written into a new folder of yours alone, below TMPDIR or /tmp. A browser that is a snap or a flatpak ' +
        'sees no /tmp: set TMPDIR to a folder in your home whose name begins with no dot.',
    ],
  });
  addExamples(command, [
    ['holdwait open hang.sqlite', 'cycle, timeline and tables, in the browser'],
    ['holdwait open hang.sqlite --no-browser', 'the path of the page, for another program'],
  ]);
  addPageOptions(addWaitOptions(addAnalysisOptions(command))).action(
    async (file: string, flags: OpenFlags) => {
      const { data, printed } = await collectPage(file, flags);
      const path = createPrivatePath(file);
      const said = await removeIfUnfinished(
        () => rmSync(dirname(path), { recursive: true, force: true }),
        () => writePage(path, data, {}),
      );
      printNote(`Page, for you alone to read: ${said}`);
      printText(path);
      if (flags.browser) {
        await showPage(path);
      }
      process.exitCode = verdictStatus(printed);
    },
  );
}

async function showPage(path: string): Promise<void> {
  const openers = listOpeners(process.env, process.platform);
  const { isShown, faults } = await startOpener(openers, pathToFileURL(path).href);
  if (isShown) {
    return;
  }
  const reason = openers.length === 0 ? 'there is no display here' : faults.join(', ');
  printNote(`No browser was started: ${reason}.`);
  printNote(describeCopying(path));
}

function describeCopying(path: string): string {
  const server = trySshServer(process.env);
  if (server === undefined) {
    return 'Open it on another machine, or set BROWSER.';
  }
  const host = server.host.includes(':') ? `[${server.host}]` : server.host;
  const port = server.port === '22' ? '' : `-P ${server.port} `;
  const source = quoteWord(`${userInfo().username}@${host}:${path}`);
  return `To open it where you sit, copy it there: scp ${port}${source} .`;
}
