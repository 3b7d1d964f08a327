import { HoldwaitError } from '../trace/error.ts';
import type { RunResult } from './target.ts';

/** How a command becomes root's: it is already, or through `sudo -n`. */
export type Privilege = 'direct' | 'sudo';

/**
 * Asks the target who the login is and, unless it is root, whether sudo lets it run anything without a password. Throws
 * SUDO_MISSING, SUDO_NEEDS_PASSWORD or SUDO_DENIED.
 */
export async function findPrivilege(
  name: string,
  run: (command: string) => Promise<RunResult>,
): Promise<Privilege> {
  const login = (await run('id -u; id -un')).stdout.trim().split('\n');
  if (login[0] === '0') return 'direct';
  // A shell, not `true`: it is a shell that will be run, and sudoers may allow single programs.
  const probe = await run('LC_ALL=C sudo -n sh -c :');
  if (probe.status === 0) return 'sudo';
  throw explainSudoRefusal(name, login[1] ?? 'the login', probe);
}

/** What sudo's refusal means. Its messages are compared in the C locale. */
export function explainSudoRefusal(name: string, user: string, probe: RunResult): HoldwaitError {
  const said = probe.stderr.trim().split('\n').at(-1) ?? '';
  if (probe.status === 127)
    return sudoError('SUDO_MISSING', name, `${user} is not root and there is no sudo`, user);
  if (/password is required/.test(said)) {
    return sudoError('SUDO_NEEDS_PASSWORD', name, `sudo asks ${user} for a password`, user);
  }
  return sudoError('SUDO_DENIED', name, `sudo refuses ${user}: ${said || `status ${probe.status}`}`, user);
}

function sudoError(code: string, name: string, fact: string, user: string): HoldwaitError {
  return new HoldwaitError('target', code, `${name}: tracing needs root, ${fact}`, {
    hint: adviseSudo(code, name, user),
  });
}

function adviseSudo(code: string, name: string, user: string): string {
  const host = name.slice(name.lastIndexOf('@') + 1);
  const asRoot = name === 'local' ? 'run holdwait as root' : `log in as root: root@${host}`;
  if (code === 'SUDO_MISSING') return asRoot;
  return `allow it on the target with "sudo visudo -f /etc/sudoers.d/holdwait" and the line "${user} ALL=(root) NOPASSWD: ALL", or ${asRoot}`;
}
