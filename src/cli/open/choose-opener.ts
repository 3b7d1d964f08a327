/** A program and its arguments; the page's address goes where `%s` is. */
export type Opener = readonly string[];

type Environment = Readonly<Record<string, string | undefined>>;

const ADDRESS = '%s';

/** What may show a page here, best first: what BROWSER names, else the desktop's choice. */
export function listOpeners(env: Environment, platform: NodeJS.Platform): Opener[] {
  const named = (env.BROWSER ?? '').split(':').map((command) => command.trim().split(/\s+/));
  const own = named.filter(([program]) => program !== '');
  if (own.length > 0) {
    return own.map((words) => (words.some((word) => word.includes(ADDRESS)) ? words : [...words, ADDRESS]));
  }
  return hasDisplay(env, platform) ? [[platform === 'darwin' ? 'open' : 'xdg-open', ADDRESS]] : [];
}

/** The arguments with the page's address in its place. */
export function withAddress(opener: Opener, address: string): string[] {
  return opener.map((word) => word.replaceAll(ADDRESS, () => address));
}

function hasDisplay(env: Environment, platform: NodeJS.Platform): boolean {
  return platform === 'darwin'
    ? env.SSH_CONNECTION === undefined
    : [env.DISPLAY, env.WAYLAND_DISPLAY].some((display) => display !== undefined && display !== '');
}

/** Where an SSH session has come in; undefined outside of one. */
export function trySshServer({ SSH_CONNECTION }: Environment): { host: string; port: string } | undefined {
  const [, , host, port] = (SSH_CONNECTION ?? '').split(' ');
  return host === undefined || port === undefined ? undefined : { host, port };
}
