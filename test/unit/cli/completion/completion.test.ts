import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { createProgram } from '../../../../src/cli/main.ts';
import { listCommands, listLeaves } from '../../../../src/cli/shared/command-tree.ts';
import { runCli } from '../run-cli.ts';
import { type OpenShell, openBash, openFish, openZsh, type Shell } from './shells.ts';

const program = await createProgram();
const folder = mkdtempSync(join(tmpdir(), 'holdwait-completion-'));
const { TERM: _, ...rest } = process.env;
const env = {
  ...rest,
  TERM: 'xterm',
  HOME: folder,
  HOLDWAIT_CONFIG: join(folder, 'config.toml'),
  XDG_STATE_HOME: join(folder, 'state'),
};

before(() => {
  mkdirSync(join(folder, 'state/holdwait/labs/second'), { recursive: true });
  mkdirSync(join(folder, '.ssh'));
  mkdirSync(join(folder, 'signature files'));
  writeFileSync(join(folder, 'capture one.sqlite'), '');
  writeFileSync(join(folder, '.ssh/config'), 'Host bastion *.lan\n  User root\n');
  writeFileSync(
    env.HOLDWAIT_CONFIG,
    'width = 90\n[targets]\n# old = "x"\ndb = "root@db1"\n"bad$(touch pwned)" = "x"\n[show]\ntop = 1\n',
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A line, what must be offered for it, and what must not. */
const CASES: readonly (readonly [line: string, offered: readonly string[], not: readonly string[]])[] = [
  ['holdwait ', ['analyze', 'lab', 'completion', 'help'], ['status', 'one.sqlite']],
  ['holdwait ana', ['analyze'], ['lab', 'capture']],
  ['holdwait help ', ['analyze', 'lab'], ['status', 'help']],
  ['holdwait lab ', ['status', 'console'], ['analyze', 'help']],
  ['holdwait lab st', ['status'], ['list', 'logs']],
  ['holdwait analyze --hang', ['--hang-threshold'], ['--json', '--width']],
  ['holdwait capture -o x db1:22 --for', ['--force'], ['--output']],
  ['holdwait analyze cap', ['one.sqlite'], ['signature', 'state']],
  ['holdwait analyze --width 90 cap', ['one.sqlite'], ['signature']],
  ['holdwait import x --output cap', ['one.sqlite'], ['signature']],
  ['holdwait analyze --signatures s', ['signature', 'state'], ['one.sqlite']],
  ['holdwait repro --kernel ', ['5.10', '6.12', 'newest'], ['one.sqlite', 'ext4']],
  ['holdwait repro --kernel=6.', ['6.1', '6.12'], ['5.10']],
  ['holdwait repro ', ['ext4-fault-writeback', 'memcg-irq-nesting'], ['one.sqlite']],
  ['holdwait catalog pc', ['pcpu-alloc-reclaim'], ['ext4-fault-writeback']],
  ['holdwait capture --scripts reclaim,lock', ['lock-order'], ['--force']],
  ['holdwait capture ', ['local', 'db', 'bastion'], ['old', 'width', 'pwned', 'lan', 'one.sqlite']],
  ['holdwait doctor lab:s', ['second'], ['local', 'bastion']],
  ['holdwait lab down ', ['second'], ['local']],
  ['holdwait show x ', [], ['one.sqlite', 'analyze']],
  ['holdwait export x --format m', ['mermaid'], ['ndjson']],
  ['holdwait completion ', ['bash', 'zsh', 'fish'], ['one.sqlite']],
  ['holdwait lab up --memory ', [], ['one.sqlite', 'second']],
];

const SHELLS: readonly (readonly [name: string, open: OpenShell])[] = [
  ['bash', openBash],
  ['zsh', openZsh],
  ['fish', openFish],
];

for (const [name, open] of SHELLS) {
  describe(`completion in ${name}`, { timeout: 120_000 }, () => {
    let shell: Shell | undefined;
    before(async () => {
      const { status, stdout } = await runCli(['completion', name]);
      assert.equal(status, 0);
      shell = await open(stdout, folder, env);
    });
    after(() => shell?.close());

    function complete(t: TestContext, line: string): Promise<string> | undefined {
      if (shell === undefined) {
        t.skip(`no ${name} here`);
      }
      return shell?.complete(line);
    }

    for (const [line, offered, not] of CASES) {
      it(`offers ${offered.join(', ') || 'nothing'} for \`${line}\``, async (t) => {
        const text = (await complete(t, line))?.replace(/\t.*/g, '');
        for (const word of text === undefined ? [] : offered) {
          assert.ok(findWord(text!, word), `${word} in ${text}`);
        }
        for (const word of text === undefined ? [] : not) {
          assert.ok(!findWord(text!, word), `no ${word} in ${text}`);
        }
      });
    }

    it('offers every command', async (t) => {
      for (const { path, command } of listCommands(program).filter(
        ({ command }) => command.commands.length > 0,
      )) {
        const text = await complete(t, `${['holdwait', ...path].join(' ')} `);
        for (const one of text === undefined ? [] : command.commands) {
          assert.ok(findWord(text!, one.name()), `${one.name()} in ${text}`);
        }
      }
    });

    it('offers every option of every command', async (t) => {
      for (const { path, command } of listLeaves(program)) {
        const text = await complete(t, `${['holdwait', ...path].join(' ')} --`);
        for (const { long } of text === undefined ? [] : command.options) {
          assert.ok(findWord(text!, long!), `${path.join(' ')}: ${long} in ${text}`);
        }
      }
    });

    it('says nothing of its own', async (t) => {
      assert.doesNotMatch((await complete(t, 'holdwait simulate --ev')) ?? '', /error|not found|unknown/i);
    });
  });
}

function findWord(text: string, word: string): boolean {
  return new RegExp(`(?<![\\w-])${word.replace(/[.$]/g, '\\$&')}(?![\\w-])`).test(text);
}
