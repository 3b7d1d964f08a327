import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { loadPageAssets } from '../../../../src/report/html/build/page-assets.ts';
import { DATA_ELEMENT, type PageData, ROOT_ELEMENT } from '../../../../src/report/html/page-data.ts';
import { renderPage } from '../../../../src/report/html/render-page.ts';
import { PATIENCE_MS, tryFindBrowser } from './find-browser.ts';
import { pageDataOf } from './page-of.ts';

export { noBrowser } from './find-browser.ts';
export { goldenPath, pageDataOf } from './page-of.ts';

export interface OpenOptions {
  readonly colorScheme?: 'light' | 'dark';
  /** 1280 × 800 unless given. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Where the address leads into the page: `#c-1`. */
  readonly hash?: string;
  /** false: a browser that runs no scripts. */
  readonly javaScriptEnabled?: boolean;
  readonly reducedMotion?: 'reduce' | 'no-preference';
  /** Changes the finished page before it is opened: what somebody else might put into it. */
  readonly change?: (html: string) => string;
  /** Problems that the test causes on purpose. */
  readonly expected?: RegExp;
}

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  readonly html: string;
  /**
   * What the page did that no page may do, as sentences: a message on the console, an exception, a request, a dialog, a
   * window, something that its policy stopped (a request that was stopped counts, too).
   */
  readonly problems: readonly string[];
}

/**
 * Opens the page of a capture from disk in a real Chromium, as somebody who was sent it would, and waits until its program
 * has drawn it (with scripts: an element in the page's root that is not busy, and the frames after).
 *
 * Every test needs `{ skip: noBrowser }`, on itself or on its suite. One browser serves all tests of a file; each call gets
 * a profile of its own. When the page is disposed of, all `problems` have to be `expected`, else the test fails:
 *
 *     it('says the verdict', async () => {
 *       await using opened = await openPage(goldenPath('ext4-fault-writeback'));
 *       await opened.page.getByRole('heading', { level: 1 }).waitFor();
 *     });
 *
 * @param source path of a capture in any format, the contents of a page (pageDataOf() makes them of a trace, too), or `html`
 *   of a finished page
 */
export async function openPage(
  source: string | PageData | { readonly html: string },
  options: OpenOptions = {},
): Promise<OpenedPage> {
  const { hash = '', change = (text) => text, expected, viewport, ...rest } = options;
  const html = change(await htmlOf(source));
  const browser = await shareBrowser();
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdwait-page-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, 'report.html');
  await writeFile(path, html);
  const context = await browser.newContext({ viewport: viewport ?? { width: 1280, height: 800 }, ...rest });
  stack.defer(() => context.close());
  context.setDefaultTimeout(PATIENCE_MS);
  const url = pathToFileURL(path).href;
  const problems = watch(context, url);
  const page = await context.newPage();
  await page.goto(`${url}${hash}`);
  if (options.javaScriptEnabled !== false && html.includes(`id="${DATA_ELEMENT}"`)) {
    await page.locator(`#${ROOT_ELEMENT} > :not([aria-busy="true"])`).first().waitFor();
    await nextFrames(page);
  }
  const owned = stack.move();
  return {
    page,
    html,
    problems,
    [Symbol.asyncDispose]: async () => {
      // What the page does last is told before its context has closed.
      await owned.disposeAsync();
      assert.deepEqual(
        problems.filter((problem) => !expected?.test(problem)),
        [],
      );
    },
  };
}

/**
 * Puts the page on paper, on the screen or into other colours, and waits until it has heard of it: what changed for its
 * style is true at once, its listeners are told in its next frame.
 */
export async function changeMedia(page: Page, media: Parameters<Page['emulateMedia']>[0]): Promise<void> {
  await nextFrames(page);
  await page.emulateMedia(media);
  await nextFrames(page);
}

/**
 * Waits for what follows only in the next frame: effects, what is drawn on a canvas, the news of a size or of scrolling. A
 * frame later everything that the frame before caused has run.
 */
export async function nextFrames(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
      }),
  );
}

async function htmlOf(source: string | PageData | { readonly html: string }): Promise<string> {
  if (typeof source === 'object' && 'html' in source) {
    return source.html;
  }
  return renderPage(typeof source === 'string' ? await pageDataOf(source) : source, await shareAssets());
}

function watch(context: BrowserContext, url: string): string[] {
  const problems: string[] = [];
  context.on('console', (message) => problems.push(`console: ${message.type()}: ${message.text()}`));
  context.on('weberror', (found) => problems.push(`exception: ${found.error().stack}`));
  context.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => {
    if (request.url().split('#', 1)[0] !== url) {
      problems.push(`request: ${request.url().slice(0, 200)}`);
    }
  });
  let pages = 0;
  context.on('page', (page) => {
    if (pages++ > 0) {
      problems.push(`window: ${page.url()}`);
    }
  });
  return problems;
}

let browser: Promise<Browser> | undefined;
let assets: ReturnType<typeof loadPageAssets> | undefined;

function shareBrowser(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: tryFindBrowser(), timeout: PATIENCE_MS });
  return browser;
}

function shareAssets(): ReturnType<typeof loadPageAssets> {
  assets ??= loadPageAssets();
  return assets;
}

after(async () => (await browser)?.close());
