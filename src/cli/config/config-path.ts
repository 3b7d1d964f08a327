import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where the configuration is read from, and what says so. */
export interface ConfigLocation {
  readonly path: string;
  readonly from: 'HOLDWAIT_CONFIG' | 'XDG_CONFIG_HOME' | 'default';
}

/** `~/.config/holdwait/config.toml` unless the environment names another place; undefined = none is wanted. */
export function locateConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
): ConfigLocation | undefined {
  const { HOLDWAIT_CONFIG: named, XDG_CONFIG_HOME: base = '' } = env;
  if (named !== undefined) {
    return named === '' ? undefined : { path: named, from: 'HOLDWAIT_CONFIG' };
  }
  // The XDG specification: a relative path counts as unset.
  return isAbsolute(base)
    ? { path: join(base, 'holdwait', 'config.toml'), from: 'XDG_CONFIG_HOME' }
    : { path: join(homedir(), '.config', 'holdwait', 'config.toml'), from: 'default' };
}
