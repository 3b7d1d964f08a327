import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { changeMedia, goldenPath, noBrowser, openPage } from '../open-page.ts';

const EXT4 = goldenPath('ext4-fault-writeback');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What the field's standard checker finds against WCAG 2.2, levels A and AA, as sentences. */
async function findFaults(page: Page): Promise<string[]> {
  // The page's policy lets nobody else's program run; the debugger's protocol is not bound by it.
  const { violations } = (await page.evaluate(
    `${AXE}; axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  )) as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

describe('the page for everybody', { skip: noBrowser }, () => {
  for (const [name, options] of [
    ['ext4-fault-writeback', { hash: '#t-412' }],
    ['ext4-fault-writeback', { colorScheme: 'dark' as const, hash: '#c-1' }],
    ['convoy', {}],
    ['losses', { colorScheme: 'dark' as const }],
    ['ext4-fault-writeback-orders', {}],
    ['nothing-waits', { viewport: { width: 320, height: 640 } }],
  ] as const) {
    it(`has no fault that axe finds: ${name} ${JSON.stringify(options)}`, async () => {
      await using opened = await openPage(goldenPath(name), options);
      assert.deepEqual(await findFaults(opened.page), []);
    });
  }

  it('has headings in order and its landmarks', async () => {
    await using opened = await openPage(EXT4, { hash: '#c-1', viewport: { width: 1600, height: 900 } });
    const { page } = opened;
    const levels = await page
      .locator('main :is(h1, h2, h3, h4)')
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
    assert.equal(levels[0], 1);
    assert.equal(levels.filter((level) => level === 1).length, 1);
    assert.ok(
      levels.every((level, i) => i === 0 || level <= levels[i - 1]! + 1),
      levels.join(),
    );
    for (const role of ['banner', 'main', 'complementary', 'contentinfo', 'search', 'navigation'] as const) {
      assert.equal(await page.getByRole(role).count(), 1, role);
    }
  });

  it('says what is drawn to who does not see it', async () => {
    await using opened = await openPage(EXT4);
    const drawing = opened.page.getByRole('region', { name: /^Drawing of cycle c-1: .*wait for each other/ });
    assert.equal(await drawing.getByRole('link', { name: /^(task|resource) / }).count(), 4);
    const legend = opened.page.getByRole('list', { name: 'Legend' }).first().getByRole('listitem');
    assert.deepEqual(await legend.allTextContents(), [
      ' task',
      ' resource',
      ' waits for, since how long',
      ' held by (traced)',
      ' not drawn one by one',
    ]);
  });

  for (const width of [320, 768, 1280, 2560]) {
    it(`needs no scrolling sideways at ${width} pixels`, async () => {
      for (const [name, hash] of [
        ['ext4-fault-writeback', ''],
        ['ext4-fault-writeback', '#c-1'],
        ['hostile-names', '#c-1'],
      ] as const) {
        await using opened = await openPage(goldenPath(name), { viewport: { width, height: 800 }, hash });
        const beyond = await opened.page.evaluate(() =>
          [document.documentElement, ...document.querySelectorAll('main > section, .panel')].flatMap((one) =>
            one.scrollWidth > one.clientWidth ? [`${one.tagName} ${one.className}`] : [],
          ),
        );
        assert.deepEqual(beyond, [], `${name}${hash}`);
      }
    });
  }
});

describe('the colours of the page', { skip: noBrowser }, () => {
  const LIGHT = 'rgb(255, 255, 255)';
  const DARK = 'rgb(18, 22, 28)';
  const isBack = (page: Page, colour: string) =>
    page.waitForFunction((one) => getComputedStyle(document.body).backgroundColor === one, colour);

  it('are those of the system, until the reader chooses', async () => {
    await using opened = await openPage(EXT4, { colorScheme: 'dark' });
    const { page } = opened;
    const colours = page.getByRole('combobox', { name: 'Colours' });
    await isBack(page, DARK);
    await colours.selectOption('light');
    await isBack(page, LIGHT);
    await colours.selectOption('auto');
    await isBack(page, DARK);
    await changeMedia(page, { colorScheme: 'light' });
    await isBack(page, LIGHT);
    await colours.selectOption('dark');
    await isBack(page, DARK);
  });
});

describe('the page on paper', { skip: noBrowser }, () => {
  it('is black on white, unfolded, without controls, whatever was chosen', async () => {
    await using opened = await openPage(EXT4, { colorScheme: 'dark' });
    const { page } = opened;
    await page.getByRole('combobox', { name: 'Colours' }).selectOption('dark');
    await changeMedia(page, { media: 'print' });
    const seen = await page.evaluate(() => ({
      back: getComputedStyle(document.body).backgroundColor,
      front: getComputedStyle(document.body).color,
      line: getComputedStyle(document.querySelector('.drawing .arrow .line')!).stroke,
      folded: document.querySelectorAll('details:not([open], [data-print])').length,
      controls: [...document.querySelectorAll('button, input, select')].filter(
        (one) => one.checkVisibility() && one.closest('th, .timeline') === null,
      ).length,
    }));
    assert.deepEqual(seen, {
      back: 'rgb(255, 255, 255)',
      front: 'rgb(0, 0, 0)',
      line: 'rgb(0, 0, 0)',
      folded: 0,
      controls: 0,
    });
    await changeMedia(page, { media: 'screen' });
    assert.equal(await page.locator('details:not([open])').count(), 1);
  });

  it('is as on paper, too, if that was so before its program ran', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    await changeMedia(page, { media: 'print' });
    await page.reload();
    await page.locator('details.capture[open]').waitFor();
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.timeline-lanes canvas')!;
      return canvas.width >= 3 * canvas.clientWidth;
    });
  });

  it('is unfolded before a printer sees it, and folded again after', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    await page.evaluate(() => {
      for (const moment of ['beforeprint', 'afterprint']) {
        addEventListener(moment, () => {
          const { open } = document.querySelector<HTMLDetailsElement>('details.capture')!;
          document.body.append(`${moment}: ${open ? 'unfolded' : 'folded'}. `);
        });
      }
    });
    await page.pdf();
    const told = await page.evaluate(() => document.body.textContent.match(/(before|after)print: [a-z]+/g));
    assert.deepEqual(told, ['beforeprint: unfolded', 'afterprint: folded']);
  });
});
