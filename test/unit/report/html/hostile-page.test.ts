import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { escapeText } from '../../../../src/report/escape.ts';
import type { PageData } from '../../../../src/report/html/page-data.ts';
import { hostileSignatures, hostileTrace, PAYLOADS } from './hostile-trace.ts';
import { goldenPath, noBrowser, openPage, pageDataOf } from './open-page.ts';

/** Everything is looked at: what is folded is unfolded, every link into the page followed, its filter used. */
async function useAll(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const selected = () => document.querySelector('#details .code')?.textContent;
    for (const one of document.querySelectorAll('details')) {
      one.open = true;
    }
    const handles = [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href')!);
    for (const hash of [...new Set(handles)].slice(0, 30)) {
      location.hash = hash;
      while (selected() !== decodeURIComponent(hash.slice(1))) {
        await frame();
      }
    }
    for (const one of document.querySelectorAll('details')) {
      one.open = true;
    }
  });
  const filter = page.getByRole('searchbox').first();
  const isFiltered = (wanted: boolean) =>
    page.waitForFunction((one) => (document.querySelector('.matches')!.textContent !== '') === one, wanted);
  for (const text of ['</script>', '__proto__', '(', '\\']) {
    await filter.fill(text);
    await isFiltered(true);
    await filter.fill('');
    await isFiltered(false);
  }
  await page.locator('table tbody tr').first().waitFor();
}

interface Inventory {
  readonly elements: readonly string[];
  readonly attributes: readonly string[];
  readonly addresses: readonly string[];
  readonly text: string;
  readonly title: string;
  readonly marks: readonly string[];
}

/** What a page consists of after it was used, and what ran in it. */
async function inventory(data: PageData): Promise<Inventory> {
  await using opened = await openPage(data);
  await useAll(opened.page);
  const found = await opened.page.evaluate(() => {
    const all = [...document.querySelectorAll('*')];
    const attributes = all.flatMap((element) =>
      element.getAttributeNames().map((name) => [element, name] as const),
    );
    const isAddress = (name: string) => ['href', 'src', 'action', 'xlink:href', 'srcdoc'].includes(name);
    return {
      elements: all.map(({ tagName }) => tagName),
      attributes: attributes.map(([, name]) => name),
      addresses: attributes
        .filter(([, name]) => isAddress(name))
        .map(([element, name]) => element.getAttribute(name)!),
      text: document.querySelector('#app')!.textContent!,
      title: document.title,
      marks: [
        ...Object.getOwnPropertyNames(window).filter((name) => name === 'owned'),
        ...Object.keys(Object.prototype),
      ],
    };
  });
  return { ...found, elements: distinct(found.elements), attributes: distinct(found.attributes) };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

/** Controls but line breaks and tabs, invisible formats, direction marks. */
const MISLEADING = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function checkHarmless(found: Inventory): void {
  assert.deepEqual(found.marks, []);
  assert.deepEqual(
    found.attributes.filter((name) => name.startsWith('on')),
    [],
  );
  assert.deepEqual(
    found.addresses.filter((address) => !/^(#|https:\/\/)/.test(address)),
    [],
  );
  assert.deepEqual(found.text.match(MISLEADING) ?? [], []);
  assert.deepEqual(found.title.match(MISLEADING) ?? [], []);
}

describe('the page of a hostile capture', { skip: noBrowser, timeout: 300_000 }, () => {
  const dataOf = (names: readonly string[]) =>
    pageDataOf(hostileTrace(names), {
      signatures: hostileSignatures(names),
      file: `${names.join('')}.ndjson`,
      waitTimes: { detail: true, top: 0 },
    });

  it('has the elements and attributes of a harmless one, shows names as text and runs nothing', async () => {
    const harmless = await inventory(await dataOf(PAYLOADS.map((_, i) => `name-${i}`)));
    checkHarmless(harmless);
    const hostile = await inventory(await dataOf(PAYLOADS));
    checkHarmless(hostile);
    assert.deepEqual(hostile.elements, harmless.elements);
    assert.deepEqual(hostile.attributes, harmless.attributes);
    // Where a name is long, its begin.
    assert.deepEqual(
      PAYLOADS.filter((payload) => !hostile.text.includes(escapeText(payload).slice(0, 20))),
      [],
    );
    assert.ok(hostile.title.startsWith(escapeText(PAYLOADS.join('')).slice(0, 100)), hostile.title);
  });

  it('is harmless for the golden one', async () => {
    checkHarmless(await inventory(await pageDataOf(goldenPath('hostile-names'))));
  });

  it('does not grow with names of a megabyte', async () => {
    const megabyte = '</script>\u202e'.repeat(100_000);
    const data = await dataOf([megabyte]);
    await using opened = await openPage(data);
    await useAll(opened.page);
    const { attachments: _, ...rest } = data;
    const chars = JSON.stringify(rest).length;
    assert.ok(chars < 500_000, `${chars} characters`);
  });
});

describe('attachments', { skip: noBrowser }, () => {
  it('are cut to 256 KiB each and 2 MiB together, and say by how much', async () => {
    const trace = hostileTrace(['name']);
    const text = '</script>é\r\n'.repeat(40_000);
    const attachments = Array.from({ length: 12 }, (_, i) => ({ name: `file ${i}`, text }));
    const data = await pageDataOf({ ...trace, attachments });
    const bytes = Buffer.byteLength(text);
    const kept = data.attachments.map((one) => bytes - one.omittedBytes);
    assert.ok(kept.slice(0, 8).every((size) => size > 262_100 && size <= 262_144));
    assert.ok(kept.reduce((sum, size) => sum + size, 0) <= 2 ** 21);
    assert.equal(kept.at(-1)! < 20, true);
    assert.ok(data.attachments[0]!.text.startsWith('</script>é\n</script>é\n'));
    await using _ = await openPage(data);
  });
});
