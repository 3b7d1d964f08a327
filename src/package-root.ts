import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Folder of holdwait's package.json: the data folders (`vm`, `bpf-scripts`, `analysis/signatures`) lie beside it, whether
 * this file runs from a checkout or compiled under dist/.
 */
export function packageRoot(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (isPackageRoot(folder)) {
      return folder;
    }
    if (dirname(folder) === folder) {
      throw new Error(`no package.json of holdwait above ${import.meta.dirname}`);
    }
  }
}

function isPackageRoot(folder: string): boolean {
  const file = join(folder, 'package.json');
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).name === 'holdwait';
}
