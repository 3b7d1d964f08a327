/**
 * What runs around every command, here and over SSH: a shell that reads its standard input as a lead. An empty
 * line on it interrupts the command, its end (holdwait was closed or killed, the connection broke) ends the command: INT,
 * then TERM, then KILL, two seconds apart. Traps that shaped it:
 *
 * - sshd delivers SSH's own signal request only to processes of the login user, so not to bpftrace under sudo. The
 *   supervisor runs on the same side of sudo as the command and can always signal it.
 * - A machine in trouble may be unable to fork. The reading shell exists beforehand; `read` and `kill` are builtins.
 * - The command takes the place of the main shell (`exec`), so its exit status and signals stay its own, and it is the
 *   background reader that ignores INT, not the command: a shell starts background jobs with INT ignored for good.
 * - Input arrives on the same standard input, counted. It is kept in a nameless file before the command starts, so that a
 *   command which does not read cannot block the lead behind it. Cut-off input means the command does not start.
 * - The whole process group is signalled, as Ctrl-C would (`kill … 0`), if the group is the command's or its parent's
 *   own (sshd, sudo and local-target.ts see to that), else only the command.
 * - The reader closes standard output and error, or they would stay open after the command.
 * - A command that is given lines while it runs reads them from a nameless FIFO, to which the reader passes every line of
 *   the lead that is not empty. The FIFO is open for both directions, since opening one end would wait for the other; so
 *   the command never sees an end of its input, and is ended by the lead's end like any other.
 */
const SUPERVISOR = [
  'exec 3<&0',
  'if [ "$3" = lines ]; then for d in /dev/shm /tmp; do f=$(mktemp -u $d/holdwait.XXXXXX); mkfifo -m 600 "$f" && break; done' +
    ' 2>/dev/null; [ -p "$f" ] && exec 4<>"$f" <&4 || exit 74; rm -f "$f";' +
    ' elif [ "$2" -gt 0 ]; then f=$(mktemp /dev/shm/holdwait.XXXXXX 2>/dev/null || mktemp) && head -c "$2" <&3 >"$f"' +
    ' && [ "$(wc -c <"$f")" -eq "$2" ] && exec <"$f" || { rm -f "$f"; exit 74; }; rm -f "$f"; else exec </dev/null; fi',
  'read -r _ _ _ _ g _ </proc/$$/stat',
  'case $g in $$|$PPID) t=0;; *) t=$$;; esac',
  '{ trap "" HUP INT TERM; while IFS= read -r l; do [ "$l" ] && printf "%s\\n" "$l" >&4 || kill -INT $t; done;' +
    ' for s in INT TERM KILL; do kill -0 $$ || exit; kill -$s $t; sleep 2; done; } <&3 3<&- >/dev/null 2>&1 &',
  'exec 3<&- 4>&-',
  'exec sh -c "$1"',
]
  .join('; ')
  .replaceAll('&; ', '& ');

/** This line, written to the supervised command's standard input, asks it to stop. */
export const INTERRUPT_LINE = '\n';

/** How long after the end of the supervised standard input the far side has sent its last signal. */
export const SUPERVISOR_ENDS_WITHIN_MS = 6_000;

/**
 * The argument vector that runs `command` through `sh -c` under supervision. The first `inputBytes` bytes written to its
 * standard input are the command's; it must then be kept open until the command has ended. With `takesLines` the command
 * has no such input, but is given each line that is not empty while it runs.
 */
export function superviseCommand(
  command: string,
  inputBytes: number,
  viaSudo: boolean,
  takesLines = false,
): string[] {
  const mode = takesLines ? 'lines' : 'input';
  const supervised = ['sh', '-c', SUPERVISOR, 'holdwait', command, String(inputBytes), mode];
  return viaSudo ? ['sudo', '-n', ...supervised] : supervised;
}

/**
 * A shell reports a command ended by signal n as status 128 + n, and nothing else means to use 129 to 192: undefined for
 * those.
 */
export function statusUnlessSignal(status: number): number | undefined {
  return status > 128 && status <= 192 ? undefined : status;
}
