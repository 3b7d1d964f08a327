import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { PATIENCE_MS, tryFindBrowser } from '../html/find-browser.ts';

/** What Mermaid shows of a flowchart; texts with one blank for each run of them. */
export interface ShownFlowchart {
  readonly title: string;
  readonly nodes: readonly string[];
  readonly edges: number;
}

/** A blank page with the real Mermaid in it, as sites that draw flowcharts have it. */
export class MermaidPage implements AsyncDisposable {
  /** What went wrong in it, what it tried to fetch, and scripts of names that ran. */
  readonly complaints: string[] = [];
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      this.complaints.push(dialog.message());
      void dialog.dismiss();
    });
    page.on('request', (request) => this.complaints.push(request.url()));
  }

  static async open(): Promise<MermaidPage> {
    await using stack = new AsyncDisposableStack();
    const browser = await chromium.launch({ executablePath: tryFindBrowser(), timeout: PATIENCE_MS });
    stack.defer(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.setContent('<!doctype html><main></main>');
    await page.addScriptTag({ path: fileURLToPath(import.meta.resolve('@mermaid-js/tiny')) });
    stack.move();
    return new MermaidPage(page);
  }

  /** @throws Error what Mermaid says of a text that it cannot read */
  async draw(text: string): Promise<ShownFlowchart> {
    await this.#page.evaluate(
      `mermaid.render('chart', ${JSON.stringify(text)}).then(({ svg }) => {
        document.querySelector('main').innerHTML = svg;
      })`,
    );
    if ((await this.#page.evaluate('globalThis.owned')) !== undefined) {
      this.complaints.push('a script ran');
    }
    const chart = this.#page.locator('main > svg');
    return {
      title: oneBlank((await chart.locator('.flowchartTitleText').textContent())!),
      nodes: (await chart.locator('.node .nodeLabel').allInnerTexts()).map(oneBlank),
      edges: await chart.locator('.edgePaths > path').count(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.context().browser()!.close();
  }
}

/** As a browser shows a text that has more of them. */
export function oneBlank(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
