import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PageAssets } from '../render-page.ts';

const SCRIPT = 'page.js';
const STYLE = 'page.css';

/**
 * The page's program and styles: as they were built, in the published package; in a checkout bundled now from the sources.
 *
 * @throws what bundlePage() throws, in a checkout
 */
export async function loadPageAssets(folder = import.meta.dirname): Promise<PageAssets> {
  if (existsSync(join(folder, SCRIPT))) {
    return {
      script: readFileSync(join(folder, SCRIPT), 'utf8'),
      style: readFileSync(join(folder, STYLE), 'utf8'),
    };
  }
  const { bundlePage } = await import('./bundle-page.ts');
  return bundlePage();
}

/** Puts a bundle where loadPageAssets() of a compiled holdwait looks for it. */
export function savePageAssets({ script, style }: PageAssets, folder: string): void {
  writeFileSync(join(folder, SCRIPT), script);
  writeFileSync(join(folder, STYLE), style);
}
