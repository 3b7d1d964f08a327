import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Built images, one folder each: `KERNEL-HASH`. They can be built again and may be deleted at any time no lab runs. */
export function imagesFolder(env: Environment = process.env): string {
  return join(cacheFolder(env), 'images');
}

/** What can be found out again, e.g. whether KVM works. */
export function cacheFolder(env: Environment = process.env): string {
  return join(baseFolder(env.XDG_CACHE_HOME, '.cache'), 'holdwait');
}

/** Labs, one folder each, by name. */
export function labsFolder(env: Environment = process.env): string {
  return join(baseFolder(env.XDG_STATE_HOME, '.local/state'), 'holdwait', 'labs');
}

/** The XDG specification: a relative path counts as unset. */
function baseFolder(value: string | undefined, fallback: string): string {
  return value !== undefined && isAbsolute(value) ? value : join(homedir(), fallback);
}
