import type { Terminal } from '../../../target/target.ts';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The person's terminal as a guest's shell sees it. */
export function currentTerminal(): Terminal & { close(): void } {
  const { stdin: input, stdout: output } = process;
  const listeners: (() => void)[] = [];
  return {
    input,
    output,
    columns: output.columns ?? DEFAULT_COLUMNS,
    rows: output.rows ?? DEFAULT_ROWS,
    onResize(listener) {
      const tell = (): void => listener(output.columns, output.rows);
      listeners.push(tell);
      output.on('resize', tell);
    },
    close() {
      for (const tell of listeners) {
        output.off('resize', tell);
      }
    },
  };
}

/** Passes every key on as it is, Ctrl-C too, while the work lasts. */
export async function withRawMode<T>(work: () => Promise<T>): Promise<T> {
  const { stdin } = process;
  if (stdin.isTTY) {
    stdin.setRawMode(true);
  }
  try {
    return await work();
  } finally {
    if (stdin.isTTY) {
      stdin.setRawMode(false);
    }
    // Reading keys would keep the command from ending.
    stdin.pause();
    stdin.unref();
  }
}
