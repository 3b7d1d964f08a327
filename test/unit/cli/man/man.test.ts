import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { Command } from 'commander';
import { type IPty, spawn as spawnTerminal } from 'node-pty';
import { createProgram } from '../../../../src/cli/main.ts';
import { manName, renderManPage } from '../../../../src/cli/man/man-page.ts';
import { escapeRoff } from '../../../../src/cli/man/roff.ts';
import { listCommands } from '../../../../src/cli/shared/command-tree.ts';
import { addExamples } from '../../../../src/cli/shared/examples.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { runCli } from '../run-cli.ts';

const program = await createProgram();
const folder = mkdtempSync(join(tmpdir(), 'holdwait-man-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const EDITION = { version: '1.2.3', date: '2025-01-31' };

/** A command of nothing but what a page might stumble over. */
function hostileCommand(): Command {
  const command = new Command('hostile')
    .description("'quoted at the start, \\fBnot bold\\fR and \\n no newline")
    .argument('<file>', '.SH NOT A SECTION')
    .option('--a-b <x|y>', '.so /etc/passwd')
    .option('--dots', '...and "quotes" → ünïcode 😀');
  addExamples(command, [["holdwait hostile 'a\\b' --dots", '.sp 99 is text']]);
  return command;
}

const PAGES = [...listCommands(program), { path: ['hostile'], command: hostileCommand() }].map((placed) => ({
  ...placed,
  text: renderManPage(placed, EDITION),
}));

function format(t: TestContext, page: string): string | undefined {
  const { stdout, error } = spawnSync('mandoc', ['-Tutf8', '-O', 'width=200'], {
    input: page,
    encoding: 'utf8',
  });
  if (error !== undefined) {
    t.skip('no mandoc here');
    return undefined;
  }
  // Bold and underlined text is printed over itself.
  return stdout.replace(/.\x08/g, '').replace(/\s+/g, ' ');
}

describe('every manual page', () => {
  it('is taken by mandoc without a warning', (t) => {
    const files = PAGES.map(({ path, text }) => {
      const file = join(folder, `${manName(path)}.1`);
      writeFileSync(file, text);
      return file;
    });
    const { stdout, error } = spawnSync('mandoc', ['-Tlint', '-Wwarning', ...files], { encoding: 'utf8' });
    error === undefined ? assert.equal(stdout, '') : t.skip('no mandoc here');
  });

  it('is taken by groff without a warning', (t) => {
    for (const { path, text } of PAGES) {
      const { stderr, error } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-z'], {
        input: text,
        encoding: 'utf8',
      });
      error === undefined ? assert.equal(stderr, '', path.join(' ')) : t.skip('no groff here');
    }
  });

  for (const { path, command, text } of PAGES) {
    it(`${manName(path)} has all sections, options, arguments and examples, as they are`, (t) => {
      const sections = [...text.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
      for (const title of [
        'NAME',
        'SYNOPSIS',
        'DESCRIPTION',
        'OPTIONS',
        'EXAMPLES',
        'EXIT STATUS',
        'ENVIRONMENT',
        'FILES',
      ]) {
        assert.ok(sections.includes(title), title);
      }
      const shown = format(t, text);
      if (shown === undefined) {
        return;
      }
      const said = [
        command.description().slice(1),
        ...command.options.flatMap(({ flags, description }) => [flags, description]),
        ...command.registeredArguments.map(({ description }) => description),
        ...command.commands.map((one) => `${manName([...path, one.name()])}(1)`),
      ];
      for (const words of said) {
        assert.ok(shown.includes(words.replace(/\s+/g, ' ')), `${words} in ${shown}`);
      }
    });
  }

  it('takes nothing in a text for a request', (t) => {
    const shown = format(t, PAGES.at(-1)!.text);
    for (const text of [
      "hostile - 'quoted at the start, \\fBnot bold\\fR and \\n no newline",
      '.SH NOT A SECTION',
      '.so /etc/passwd',
      '...and "quotes" → ünïcode 😀',
      ".sp 99 is text: holdwait hostile 'a\\b' --dots",
    ]) {
      assert.ok(shown === undefined || shown.includes(text), `${text} in ${shown}`);
    }
  });
});

describe('escapeRoff', () => {
  const cases: readonly (readonly [text: string, escaped: string])[] = [
    ['a.b', 'a.b'],
    ['.TH', '\\&.TH'],
    ["'br", "\\&'br"],
    ['a\n.b', 'a\n\\&.b'],
    ['\\fB', '\\efB'],
    ['--json', '\\-\\-json'],
    ['→', '\\[u2192]'],
    ['😀', '\\[u1F600]'],
  ];
  for (const [text, escaped] of cases) {
    it(`writes ${JSON.stringify(text)} as ${JSON.stringify(escaped)}`, () =>
      assert.equal(escapeRoff(text), escaped));
  }
});

const NO_MAN = spawnSync('man', ['--version']).error === undefined ? false : 'no man here';

/** Stays when it has read the page, and ends with Ctrl-C. */
const PATIENT_PAGER = `
process.on('SIGINT', () => { console.log('(interrupted)'); process.exit(0); });
process.stdin.resume().on('end', () => { console.log('(all read)'); setInterval(() => {}, 1000); });
`;

/** `holdwait man analyze` on a terminal, to its end; `onText` is told all that has been shown. */
async function showOnTerminal(pager: string, onText: (terminal: IPty, shown: string) => void) {
  const bin = join(packageRoot(), 'src/cli/holdwait.js');
  const terminal = spawnTerminal(process.execPath, [bin, 'man', 'analyze'], {
    env: { ...process.env, MANPAGER: pager, TMPDIR: folder },
  });
  let shown = '';
  terminal.onData((text) => {
    shown += text;
    onText(terminal, shown);
  });
  const exit = await new Promise<{ exitCode: number; signal?: number }>((resolve) =>
    terminal.onExit(resolve),
  );
  return { exit, shown };
}

function listTemporary(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('holdwait-man-'));
}

describe('holdwait man', () => {
  it('prints a page where there is no terminal', async () => {
    const { status, stdout } = await runCli(['man', 'lab', 'up'], '', { SOURCE_DATE_EPOCH: '0' });
    assert.equal(status, 0);
    assert.match(stdout, /^\.TH "HOLDWAIT\\-LAB\\-UP" 1 "1970-01-01"/);
    assert.match((await runCli(['man'])).stdout, /^\.TH "HOLDWAIT" 1/);
  });

  it('says what is wrong with a date that is none', async () => {
    for (const SOURCE_DATE_EPOCH of ['today', '', '1e99']) {
      const { status, stdout, stderr } = await runCli(['man'], '', { SOURCE_DATE_EPOCH });
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^holdwait: SOURCE_DATE_EPOCH is no time: .*\nhint: /);
    }
  });

  it('shows it with man on a terminal', { skip: NO_MAN }, async () => {
    const { exit, shown } = await showOnTerminal('cat', () => {});
    assert.deepEqual(exit, { exitCode: 0, signal: 0 }, shown);
    assert.match(shown, /HOLDWAIT-ANALYZE\(1\)/);
    assert.deepEqual(listTemporary(), []);
  });

  it('leaves Ctrl-C to the pager', { skip: NO_MAN }, async () => {
    const pager = join(folder, 'pager.mjs');
    writeFileSync(pager, PATIENT_PAGER);
    let pressed = false;
    const { exit, shown } = await showOnTerminal(`${process.execPath} ${pager}`, (terminal, text) => {
      if (!pressed && text.includes('(all read)')) {
        pressed = true;
        terminal.write('\x03');
      }
    });
    assert.deepEqual(exit, { exitCode: 0, signal: 0 }, shown);
    assert.match(shown, /\(interrupted\)/);
    assert.deepEqual(listTemporary(), []);
  });

  it('writes all pages, and none over another', async () => {
    const out = join(folder, 'made/man1');
    assert.equal((await runCli(['man', '--output', out])).status, 0);
    const names = listCommands(program).map(({ path }) => `${manName(path)}.1`);
    assert.deepEqual(readdirSync(out).sort(), names.sort());
    rmSync(join(out, 'holdwait-analyze.1'));
    const again = await runCli(['man', '--output', out]);
    assert.equal(again.status, 2);
    assert.match(again.stderr, /holdwait\.1 exists already\nhint: .*--force/);
    assert.ok(!existsSync(join(out, 'holdwait-analyze.1')));
    assert.equal((await runCli(['man', '--output', out, '--force'])).status, 0);
  });

  it('says what is meant by a command that there is not', async () => {
    const { status, stderr } = await runCli(['man', 'lab', 'upp']);
    assert.equal(status, 2);
    assert.match(stderr, /no command lab upp\nhint: Did you mean `holdwait man lab up`/);
  });

  it('is what npm is told to install', () => {
    const { man } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
    const names = listCommands(program).map(({ path }) => `./dist/man/${manName(path)}.1`);
    assert.deepEqual([...man].sort(), names.sort());
  });
});
