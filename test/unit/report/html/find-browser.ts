import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that drive as Chromium does. Not Ubuntu's `chromium`, which is a snap and cannot read files under /tmp. */
const NAMES = ['chromium-headless-shell', 'chromium', 'google-chrome', 'google-chrome-stable'];
const SNAPS = '/snap/';

/** How long anything may take: more than a busy machine needs, as it is waited for in vain only where a test fails. */
export const PATIENCE_MS = 120_000;

/** Path of a Chromium on this machine, HOLDWAIT_BROWSER before all; undefined if there is none. */
export function tryFindBrowser(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (env.HOLDWAIT_BROWSER) {
    return env.HOLDWAIT_BROWSER;
  }
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => !`${folder}/`.startsWith(SNAPS));
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** For the option `skip` of a test: why there can be no test of the page, or false. */
export const noBrowser: string | false =
  tryFindBrowser() === undefined &&
  'no Chromium found: install chromium-headless-shell or set HOLDWAIT_BROWSER';

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
