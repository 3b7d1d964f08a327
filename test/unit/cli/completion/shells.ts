import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn as spawnTerminal } from 'node-pty';

type Environment = Readonly<Record<string, string | undefined>>;

/** A real shell with the completion script loaded. */
export interface Shell {
  /** What it offers for a line that ends at the cursor; fish says behind a tab what each is. */
  complete(line: string): Promise<string>;
  close(): void;
}

/** Opens a shell in a folder that it may write into, or nothing where the machine has no such shell. */
export type OpenShell = (script: string, folder: string, env: Environment) => Promise<Shell | undefined>;

function isMissing(name: string): boolean {
  return spawnSync(name, ['--version']).error !== undefined;
}

/** Calls the function as readline does, with the words split where it would split them. */
export async function openBash(script: string, folder: string, env: Environment): Promise<Shell | undefined> {
  const path = join(folder, 'holdwait.bash');
  writeFileSync(path, script);
  const call = `source ${path}; cd ${folder}; COMP_LINE=$1; COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _holdwait; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const complete = (line: string) =>
    run('bash', ['--norc', '--noprofile', '-c', call, 'bash', line, ...splitAsReadline(line)], env);
  return isMissing('bash') ? undefined : { complete, close: () => {} };
}

function splitAsReadline(line: string): readonly string[] {
  const words: string[] = line.match(/[:=]+|[^\s:=]+/g) ?? [];
  return /\s$/.test(line) ? [...words, ''] : words;
}

export async function openFish(script: string, folder: string, env: Environment): Promise<Shell | undefined> {
  const path = join(folder, 'holdwait.fish');
  writeFileSync(path, script);
  const complete = (line: string) =>
    run('fish', ['--no-config', '-c', `source ${path}; cd ${folder}; complete -C $argv[1]`, line], env);
  return isMissing('fish') ? undefined : { complete, close: () => {} };
}

function run(program: string, args: readonly string[], env: Environment): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more) => (text += more));
  }
  child.on('error', reject).on('close', () => resolve(text));
  return promise;
}

const REPORT_KEYS = '\x18p';

/** Keeps what is offered, which goes through compadd at last, for the widget that prints it and clears the line. */
const ZSH_SET_UP = `
PS1='> '; HITS=(); N=0
autoload -Uz compinit; compinit -u -D
compadd() {
  local -a __offered
  if [[ " $* " == *' '-[OAD]' '* ]]; then builtin compadd "$@"; return; fi
  builtin compadd -A __offered "$@"; HITS+=($__offered)
  builtin compadd "$@"
}
report() { zle -I; print -r -- "hits-$((++N)): $HITS :end-$N"; HITS=(); BUFFER=''; }
zle -N report; bindkey '^Xp' report
`;

/** Zsh completes only at its line editor, so it is given keys on a terminal. */
export async function openZsh(script: string, folder: string, env: Environment): Promise<Shell | undefined> {
  if (isMissing('zsh')) {
    return undefined;
  }
  writeFileSync(join(folder, '_holdwait'), script);
  writeFileSync(join(folder, 'set-up.zsh'), `fpath=(${folder} $fpath)\n${ZSH_SET_UP}`);
  const terminal = spawnTerminal('zsh', ['-f', '-i'], { cols: 1000, rows: 100, cwd: folder, env });
  let drawn = '';
  let asked = 0;
  let onText = (): void => {};
  terminal.onData((text) => {
    drawn += text;
    onText();
  });
  const press = (keys: string): Promise<string> => {
    const report = new RegExp(`hits-${++asked}: ([^]*?) ?:end-${asked}\\b`);
    const { promise, resolve } = Promise.withResolvers<string>();
    onText = () => {
      const [, hits] = report.exec(drawn) ?? [];
      if (hits !== undefined) {
        resolve(hits);
      }
    };
    terminal.write(keys + REPORT_KEYS);
    return promise;
  };
  terminal.write('source ./set-up.zsh\r');
  await press('');
  return { complete: (line) => press(`${line}\t`), close: () => terminal.kill() };
}
