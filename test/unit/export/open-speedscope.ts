import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { PATIENCE_MS, tryFindBrowser } from '../report/html/find-browser.ts';

/** What speedscope shows of a file. */
export interface ShownProfile {
  /** Of a file with several profiles, each: `app:12 (pid 12), app:12 holds (tid 8388608)`. */
  readonly profiles: readonly string[];
  /** Rows of the table of functions: total, self, name. */
  readonly rows: readonly string[];
  /** What it complained of. */
  readonly complaints: readonly string[];
}

const release = join(dirname(fileURLToPath(import.meta.resolve('speedscope/package.json'))), 'dist/release');
/** What a machine without a graphics card says of itself. */
const OF_THE_MACHINE = /GL Driver Message|WebGL/;

const ATTEMPTS = 6;

/**
 * Opens a file in the real speedscope, from disk, as its command line does. Its drawing with a GL in software fails an
 * assertion of its own once in a while; one that is the file's fault fails each time.
 */
export async function openInSpeedscope(name: string, bytes: Buffer): Promise<ShownProfile> {
  let shown = await openOnce(name, bytes);
  for (let i = 1; i < ATTEMPTS && shown.complaints.some(isAssertion); i++) {
    shown = await openOnce(name, bytes);
  }
  return shown;
}

function isAssertion(complaint: string): boolean {
  return complaint.includes('Assertion failed');
}

async function openOnce(name: string, bytes: Buffer): Promise<ShownProfile> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdwait-speedscope-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const browser = await chromium.launch({
    executablePath: tryFindBrowser(),
    args: ['--use-gl=swiftshader', '--enable-unsafe-swiftshader'],
    timeout: PATIENCE_MS,
  });
  stack.defer(() => browser.close());
  const script = join(folder, 'profile.js');
  await writeFile(
    script,
    `speedscope.loadFileFromBase64(${JSON.stringify(name)}, '${bytes.toString('base64')}')`,
  );
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !OF_THE_MACHINE.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on('dialog', (dialog) => {
    complaints.push(dialog.message());
    void dialog.dismiss();
  });
  const address = pathToFileURL(join(release, 'index.html')).href;
  await page.goto(`${address}#localProfilePath=${encodeURIComponent(script)}`);
  await page.getByText('Sandwich').click();
  const rows = page.locator('tr:not([title]):has(td)');
  await rows.first().waitFor();
  const profiles = await page
    .locator('tr[title]')
    .evaluateAll((found) => found.map((row) => row.getAttribute('title')!));
  const texts = await rows.allInnerTexts();
  return { profiles, rows: texts.map((row) => row.replace(/\s+/g, ' ').trim()), complaints };
}
