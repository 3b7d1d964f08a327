import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join, relative } from 'node:path';
import { formatPreferences, formatSourcesList, type KernelName, USERLAND_SUITE } from './kernels.ts';

/** To be raised when build-image.ts itself changes what comes out. */
const RECIPE_VERSION = 2;

const FILES_FROM: Readonly<Record<string, RegExp>> = {
  image: /./,
  modules: /./,
  scenarios: /\.[ch]$/,
};
/** Documentation, and what a build by hand leaves in a source folder. */
const NEVER = /\.(md|o|ko|mod|mod\.c|cmd|order|symvers)$|(^|\/)\./;

/** Files an image is made from, as paths relative to `vmFolder`, sorted. */
export function listRecipeFiles(vmFolder: string): string[] {
  return Object.entries(FILES_FROM).flatMap(([folder, wanted]) =>
    listFiles(join(vmFolder, folder))
      .map((path) => relative(vmFolder, path))
      .filter((path) => wanted.test(path) && !NEVER.test(path)),
  );
}

/** 16 hex digits that change whenever an image built from the recipe would. */
export function hashRecipe(kernel: KernelName, vmFolder: string): string {
  const hash = createHash('sha256');
  const settings = [
    RECIPE_VERSION,
    arch(),
    kernel,
    USERLAND_SUITE,
    formatSourcesList(kernel),
    formatPreferences(kernel),
  ];
  hash.update(JSON.stringify(settings));
  for (const path of listRecipeFiles(vmFolder)) {
    const content = readFileSync(join(vmFolder, path));
    hash.update(`\n${JSON.stringify([path, content.length])}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Package names of a list with one name a line, `#` comments and blank lines. */
export function readPackageList(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
