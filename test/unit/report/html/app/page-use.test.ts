import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { goldenPath, noBrowser, openPage, pageDataOf } from '../open-page.ts';

const EXT4 = goldenPath('ext4-fault-writeback');

function panel(page: Page) {
  return page.getByRole('complementary', { name: /./ });
}

describe('the address of the page', { skip: noBrowser }, () => {
  it('opens what it names, goes back and forward, and closes', async () => {
    await using opened = await openPage(EXT4, { hash: '#c-1' });
    const { page } = opened;
    await page.getByRole('heading', { name: 'c-1 cycle' }).waitFor();
    await panel(page).getByRole('link', { name: 'p1-task1:412', exact: true }).first().click();
    await page.getByRole('heading', { name: 't-412 task' }).waitFor();
    await page.waitForURL(/#t-412$/);
    await page.goBack();
    await page.getByRole('heading', { name: 'c-1 cycle' }).waitFor();
    await page.goForward();
    await page.getByRole('heading', { name: 't-412 task' }).waitFor();
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    await page.waitForURL(/^[^#]*$/);
  });

  for (const [handle, heading] of [
    ['w-1', 'w-1 wait chain'],
    ['r-2', 'r-2 resource'],
    ['l-1', 'l-1 wait over time'],
    ['tw-1', 'tw-1 wait'],
    ['th-1', 'th-1 hold'],
  ] as const) {
    it(`may name ${handle}`, async () => {
      await using opened = await openPage(EXT4, { hash: `#${handle}` });
      await opened.page.getByRole('heading', { name: heading, exact: true }).waitFor();
    });
  }

  it('that names what is not there says so, and what could be', async () => {
    await using opened = await openPage(EXT4, { hash: '#w-99' });
    const said = await opened.page.getByRole('alert').textContent();
    assert.match(said!, /Nothing on this page has the handle w-99/);
    await opened.page.getByRole('link', { name: 'c-1', exact: true }).last().click();
    await opened.page.getByRole('heading', { name: 'c-1 cycle' }).waitFor();
  });
});

describe('a page that is used as soon as it is drawn', { skip: noBrowser }, () => {
  it('follows the link, and hears the key', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    await page.addInitScript(() => {
      const observer = new MutationObserver(() => {
        const link = document.querySelector<HTMLElement>('th a[href="#t-412"]');
        if (link !== null) {
          observer.disconnect();
          link.click();
          dispatchEvent(new KeyboardEvent('keydown', { key: '?' }));
        }
      });
      observer.observe(document, { childList: true, subtree: true });
    });
    await page.reload();
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 't-412 task' }).waitFor();
  });
});

describe('what is selected', { skip: noBrowser }, () => {
  it('in a table is selected in the drawing, every table and the panel', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    const table = page.getByRole('region', { name: 'Open waits' });
    const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'p1-task1:412' }) });
    await row.getByRole('cell').nth(1).click();
    await page.getByRole('heading', { name: 't-412 task' }).waitFor();
    for (const name of ['Open waits', 'Tasks']) {
      const link = page.getByRole('region', { name }).getByRole('link', { name: 'p1-task1:412' });
      assert.equal(await link.getAttribute('aria-current'), 'true', name);
    }
    assert.equal(await page.locator('.box.selected').count(), 1);
    await page.getByText('t-412 is selected; its details are beside the report').waitFor();
  });

  it('in the drawing is shown by its details: evidence, holds, whole stack', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    await page.getByRole('link', { name: /^task p1-task1:412/ }).click();
    const text = panel(page);
    await text.getByText('held by kworker/u4:1:33 (traced)').first().waitFor();
    assert.match((await text.textContent())!, /wanted by kworker\/u4:1:33/);
    assert.match((await text.textContent())!, /in the role "fault"/);
    await text
      .getByText(/whole stack/)
      .first()
      .click();
    await text
      .getByText(/folio_wait_writeback\+0x/)
      .first()
      .waitFor();
  });

  it('beyond the first cycles opens the tab of its cycle', async () => {
    const data = await pageDataOf(goldenPath('ext4-fault-writeback'));
    const [cycle] = data.analysis.cycles;
    const cycles = Array.from({ length: 9 }, () => cycle!);
    await using opened = await openPage(
      { ...data, analysis: { ...data.analysis, cycles } },
      { hash: '#c-9' },
    );
    const { page } = opened;
    assert.equal(await page.getByRole('tab').count(), 7);
    assert.equal(
      await page.getByRole('tab', { selected: true }).textContent(),
      'c-9 kworker/u4:1:33 and p1-task1:412',
    );
    await page.getByRole('tab', { selected: true }).focus();
    await page.keyboard.press('Home');
    assert.match((await page.getByRole('tab', { selected: true }).textContent())!, /^c-1 /);
    assert.match((await page.locator(':focus').textContent())!, /^c-1 /);
    await page.getByRole('tabpanel', { name: /^c-1 / }).waitFor();
  });
});

describe('the tables', { skip: noBrowser }, () => {
  it('are sorted by their headings, with mouse and keys', async () => {
    await using opened = await openPage(goldenPath('convoy'));
    const { page } = opened;
    const table = page.getByRole('region', { name: 'Tasks' });
    const heading = table.getByRole('columnheader', { name: 'task' });
    const first = () => table.getByRole('rowheader').first().textContent();
    await heading.getByRole('button').click();
    assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
    assert.equal(await first(), 'backup:7');
    await heading.getByRole('button').press('Enter');
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');
    assert.equal(await first(), 'postgres:105');
    await table.getByRole('columnheader', { name: 'time' }).getByRole('button').click();
    assert.equal(await heading.getAttribute('aria-sort'), null);
    assert.equal(await first(), 'postgres:101');
  });

  it('show what the filter leaves, say how many, and give all back', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    await page.keyboard.press('/');
    // In one: a browser that is slow shows what matches the begin of it, too.
    await page.keyboard.insertText('sync:502');
    await page.getByText(/^\d+ of \d+ rows match, in Open waits/).waitFor();
    const rows = page.getByRole('region', { name: 'Open waits' }).getByRole('rowheader');
    assert.deepEqual(await rows.allTextContents(), ['sync:502']);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('no such thing');
    await page.getByText(/^Nothing matches/).waitFor();
    assert.ok((await page.getByText('No row matches the filter.').count()) > 3);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('');
    await page.getByText(/^Nothing matches/).waitFor({ state: 'detached' });
    assert.equal(await rows.count(), 4);
  });

  it('are walked through with the arrow keys', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    const links = page.getByRole('region', { name: 'Open waits' }).getByRole('rowheader').getByRole('link');
    await links.first().focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.locator(':focus').textContent(), await links.nth(1).textContent());
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 't-412 task' }).waitFor();
    assert.equal(await page.locator(':focus').textContent(), 't-412 task');
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    assert.equal(await page.locator(':focus').textContent(), await links.nth(1).textContent());
  });
});

describe('the keys of the page', { skip: noBrowser }, () => {
  it('are listed by ?, and Esc closes the list before anything else', async () => {
    await using opened = await openPage(EXT4, { hash: '#c-1' });
    const { page } = opened;
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await panel(page).waitFor();
  });

  it('that are signs can be turned off, and on again', async () => {
    await using opened = await openPage(EXT4, { hash: '#c-1' });
    const { page } = opened;
    const filter = page.getByRole('searchbox', { name: 'Filter' });
    const isFocused = () => filter.evaluate((one) => one === document.activeElement);
    const turn = async (isOn: boolean) => {
      await page.getByRole('button', { name: 'Keys' }).click();
      await page.getByRole('checkbox', { name: '/ and ? work everywhere on this page' }).setChecked(isOn);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await turn(false);
    await page.keyboard.press('/');
    assert.equal(await isFocused(), false);
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    await turn(true);
    await page.keyboard.press('/');
    assert.equal(await isFocused(), true);
  });

  it('skip to the report first', async () => {
    await using opened = await openPage(EXT4);
    const { page } = opened;
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').textContent(), 'Skip to the report');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator(':focus').evaluate((element) => element.tagName), 'MAIN');
    assert.equal(await page.evaluate(() => location.hash), '');
  });
});

describe('the report as text', { skip: noBrowser }, () => {
  it('is copied whole, or the cycle alone', async () => {
    const data = await pageDataOf(EXT4);
    await using opened = await openPage(data);
    const { page } = opened;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const read = () => page.evaluate(() => navigator.clipboard.readText());
    await page.getByRole('button', { name: 'Copy the whole report' }).click();
    await page.getByText('Copied').waitFor();
    assert.equal(await read(), data.text);
    await page.getByRole('button', { name: 'Copy the cycle' }).click();
    await page.getByText('Copied').nth(1).waitFor();
    assert.match(await read(), /^Cycle \[c-1\] of 2 tasks[\s\S]*┌──▶ kworker\/u4:1:33/);
  });
});

describe('what is kept with a capture', { skip: noBrowser }, () => {
  it('is folded, and searched line by line', async () => {
    const data = await pageDataOf(EXT4);
    const text = Array.from({ length: 500 }, (_, i) => `[${i}.0] INFO: task t${i} blocked`).join('\n');
    const attachments = [{ name: 'dmesg', text, omittedBytes: 2048 }];
    await using opened = await openPage({ ...data, attachments });
    const { page } = opened;
    await page.getByText('500 lines, the last 2 KiB of it not on this page').click();
    const box = page.getByRole('region', { name: 'dmesg' });
    assert.equal(await box.textContent(), text);
    await page.getByRole('searchbox', { name: 'Only lines with, of dmesg' }).fill('T123 blocked');
    await page.getByText('1 of 500 lines').waitFor();
    assert.equal(await box.textContent(), '124  [123.0] INFO: task t123 blocked');
  });
});

describe('what the page lacks', { skip: noBrowser }, () => {
  it('is said where it is missing, with the option that shows it', async () => {
    const data = await pageDataOf(goldenPath('convoy'), {
      timeline: { waits: 4 },
      waitTimes: { detail: true, top: 2 },
    });
    const [cycle] = (await pageDataOf(EXT4)).analysis.cycles;
    const analysis = {
      ...data.analysis,
      cycles: [{ ...cycle!, moreVictims: 7 }],
      moreCycles: true as const,
      omittedChains: 12,
      filteredChains: 3,
    };
    await using opened = await openPage({ ...data, analysis }, { hash: '#c-1' });
    const text = (await opened.page.locator('#app').textContent())!.replaceAll(/\s+/g, ' ');
    for (const said of [
      '12 more open waits not printed: --max-chains',
      '3 chains left out: not what was selected',
      '7 more victims: --max-chains',
      'These tasks are in more cycles than are listed',
      '9 shorter waits not on this page',
      'in all: --html-spans',
      '11 more rows: --top',
    ]) {
      assert.ok(text.includes(said), said);
    }
  });
});

describe('the page in a sandbox, as tickets preview attachments', { skip: noBrowser }, () => {
  it('follows its own links, though it has no address that could be changed', async () => {
    await using inner = await openPage(EXT4);
    await using outer = await openPage({ html: '<iframe sandbox="allow-scripts"></iframe>' });
    const { page } = outer;
    await page.locator('iframe').evaluate((frame, html) => frame.setAttribute('srcdoc', html), inner.html);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('region', { name: 'Open waits' }).getByRole('link', { name: 'dd:501' }).click();
    await frame.getByRole('heading', { name: 't-501 task' }).waitFor();
    await frame.getByRole('complementary').getByRole('link', { name: 'w-1' }).click();
    await frame.getByRole('heading', { name: 'w-1 wait chain' }).waitFor();
    await frame.getByRole('button', { name: /^Close/ }).click();
    await frame.getByRole('complementary').waitFor({ state: 'detached' });
  });
});
