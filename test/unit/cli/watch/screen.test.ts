import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node-pty';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const CTRL_C = '\x03';
const POLL_MS = 20;

/** The screen's process on a terminal of its own. */
class ScreenTerminal {
  #text = '';
  #onText: () => void = () => {};
  readonly #pty;
  readonly ended: Promise<number>;

  constructor(t: TestContext, ...args: string[]) {
    const program = join(import.meta.dirname, 'screen-process.ts');
    this.#pty = spawn(process.execPath, [program, ...args], { cols: 80, rows: 24 });
    this.#pty.onData((text) => {
      this.#text += text;
      this.#onText();
    });
    this.ended = new Promise((resolve) => this.#pty.onExit(({ exitCode }) => resolve(exitCode)));
    let isOver = false;
    this.ended.then(() => {
      isOver = true;
    });
    t.after(() => (isOver ? undefined : this.#pty.kill('SIGKILL')));
  }

  get text(): string {
    return this.#text;
  }

  /** Resolves when the terminal has been given so many texts of the kind. */
  async shows(part: string, count = 1): Promise<void> {
    while (this.#text.split(part).length <= count) {
      await new Promise<void>((resolve) => {
        this.#onText = resolve;
      });
    }
  }

  press(key: string): void {
    this.#pty.write(key);
  }

  async stopped(): Promise<void> {
    while (!/^State:\tT/m.test(readFileSync(`/proc/${this.#pty.pid}/status`, 'utf8'))) {
      await sleep(POLL_MS);
    }
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.#pty.pid, name);
  }
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('the screen of a watch on a terminal', { timeout: 60_000 }, () => {
  it('is another screen, and the terminal is as it was after Ctrl-C', async (t) => {
    const terminal = new ScreenTerminal(t);
    await terminal.shows('task7:7 → ?: mutex 0xa');
    await terminal.shows(', about 10 min left');
    terminal.press(CTRL_C);
    await terminal.ended;
    const { text } = terminal;
    assert.ok(text.startsWith(ENTER), JSON.stringify(text.slice(0, 100)));
    assert.deepEqual([count(text, ENTER), count(text, LEAVE)], [1, 1]);
    assert.ok(text.indexOf('what came after') > text.indexOf(LEAVE));
    // Nothing was drawn that would have moved the screen.
    const drawn = text.slice(0, text.indexOf(LEAVE)).split('\x1b[H');
    assert.ok(drawn.every((frame) => count(frame, '\n') < 24));
  });

  it('is left when the process dies of an accident', async (t) => {
    const terminal = new ScreenTerminal(t, 'throw');
    assert.notEqual(await terminal.ended, 0);
    const { text } = terminal;
    assert.deepEqual([count(text, ENTER), count(text, LEAVE)], [1, 1]);
    assert.match(text, /an accident/);
  });

  it('is left while the process is stopped, and comes back with it', async (t) => {
    const terminal = new ScreenTerminal(t);
    await terminal.shows('task7:7 → ?: mutex 0xa');
    terminal.signal('SIGTSTP');
    await terminal.shows(LEAVE);
    await terminal.stopped();
    assert.ok(terminal.text.endsWith(LEAVE));
    terminal.signal('SIGCONT');
    await terminal.shows(ENTER, 2);
    terminal.press(CTRL_C);
    await terminal.ended;
    assert.deepEqual([count(terminal.text, ENTER), count(terminal.text, LEAVE)], [2, 2]);
  });
});
