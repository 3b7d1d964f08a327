import { spawn } from 'node:child_process';
import type { ProcessIdentity } from './process-identity.ts';

export interface Guard {
  /** Lets the guarded process outlive this one. */
  release(): void;
}

/*
 * Waits for a word on standard input. End of file without one means that holdwait ended, by whatever signal, before it
 * released the process: then the whole process group is ended, after the start time has been compared. (dash knows a group's
 * number only behind `-s NAME --`.)
 */
const SCRIPT = `
is_same() { [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)" = "$2" ]; }
read -r word && exit 0
is_same "$1" "$2" || exit 0
kill -s TERM -- "-$1"
for i in 1 2 3 4 5 6; do sleep 0.5; is_same "$1" "$2" || exit 0; done
kill -s KILL -- "-$1"
`;

/** Ends the process group that `leader` leads when this process ends in any way, unless released. */
export function guardProcess(leader: ProcessIdentity): Guard {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'holdwait-guard', String(leader.pid), leader.startTicks], {
    // A session of its own: Ctrl-C in the terminal must not end the guard before it has done its work.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return {
    release: () => {
      child.stdin.end('release\n');
    },
  };
}
