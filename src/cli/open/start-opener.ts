import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { errorText } from '../../trace/index.ts';
import { type Opener, withAddress } from './choose-opener.ts';

/** A program that has not failed by then is showing the page: some stay for as long as their window does. */
const GRACE_MS = 2000;

/** Shows an address with the first of the programs that can; why each of the others could not. */
export async function startOpener(
  openers: readonly Opener[],
  address: string,
): Promise<{ readonly isShown: boolean; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  for (const opener of openers) {
    const fault = await run(withAddress(opener, address));
    if (fault === undefined) {
      return { isShown: true, faults };
    }
    faults.push(`${opener[0]} ${fault}`);
  }
  return { isShown: false, faults };
}

/** Leaves the program behind, in a session of its own: it outlives this one, and Ctrl-C here is not for it. */
async function run([program, ...args]: readonly string[]): Promise<string | undefined> {
  const child = spawn(program!, args, { detached: true, stdio: 'ignore' });
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>();
  child.on('error', (error: NodeJS.ErrnoException) =>
    resolve(error.code === 'ENOENT' ? 'is not there' : errorText(error)),
  );
  child.on('exit', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? code}`));
  const patience = new AbortController();
  const waited = setTimeout(GRACE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  const fault = await Promise.race([ended, waited]);
  patience.abort();
  child.unref();
  return fault;
}
