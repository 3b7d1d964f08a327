import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { packageRoot } from '../../../package-root.ts';
import type { PageAssets } from '../render-page.ts';

const ENTRY = 'src/report/html/app/main.tsx';
/** What the page needs of a browser: DecompressionStream, `:has()`, the `scripting` media feature. */
const BROWSERS = ['es2022', 'chrome120', 'firefox121', 'safari17'];

/**
 * The page's program and styles, made of src/report/html/app and the packages it imports; what it takes over from others
 * carries their licences.
 *
 * @throws esbuild's BuildFailure, whose message names the lines that are wrong
 */
export async function bundlePage(): Promise<PageAssets> {
  const root = packageRoot();
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'page',
    format: 'iife',
    target: BROWSERS,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // Said once, in full, at the head.
    legalComments: 'none',
    logLevel: 'silent',
  });
  const textOf = (extension: string) => outputFiles.find(({ path }) => path.endsWith(extension))?.text ?? '';
  return {
    script: `/*!\n${collectLicences(metafile, root)}\n*/\n${textOf('.js')}`,
    style: textOf('.css'),
  };
}

const PACKAGE_FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** Names and licences of the packages that got into the bundle. */
function collectLicences(metafile: Metafile, root: string): string {
  const folders = Object.keys(metafile.inputs).flatMap((path) => PACKAGE_FOLDER.exec(path)?.[1] ?? []);
  return [...new Set(folders)]
    .sort()
    .map((folder) => describeLicence(join(root, folder)))
    .join('\n\n');
}

function describeLicence(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const text = readFileSync(join(folder, 'LICENSE'), 'utf8').trim();
  return `${name} ${version}\n${text.replaceAll('*/', '* /')}`;
}
