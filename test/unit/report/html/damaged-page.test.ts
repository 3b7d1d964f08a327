import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PageData } from '../../../../src/report/html/page-data.ts';
import { goldenPath, noBrowser, openPage, pageDataOf } from './open-page.ts';

const hang = goldenPath('ext4-fault-writeback');
const BLOCK = /(<script type="text\/plain" id="page-data">)([^<]*)(<\/script>)/;

function changeBlock(change: (block: string) => string): (html: string) => string {
  return (html) => html.replace(BLOCK, (_, begin, block, end) => begin + change(block) + end);
}

const DAMAGES: Readonly<Record<string, readonly [change: (html: string) => string, message: RegExp]>> = {
  'cut off': [changeBlock((block) => block.slice(0, block.length / 2)), /is damaged: it was cut or changed/],
  'changed in one place': [
    changeBlock((block) => {
      const middle = block.length >> 1;
      return block.slice(0, middle) + (block[middle] === 'A' ? 'B' : 'A') + block.slice(middle + 1);
    }),
    /is damaged: it was cut or changed/,
  ],
  'no base64': [changeBlock(() => '*'), /is damaged: it was cut or changed/],
  'no JSON': [changeBlock(() => 'eJzLSM3JyQcABiwCFQ=='), /is damaged: it was cut or changed/],
  empty: [changeBlock(() => ''), /has lost its data/],
  gone: [(html) => html.replace(BLOCK, ''), /has lost its data/],
};

describe('a page whose data is', { skip: noBrowser }, () => {
  for (const [damage, [change, message]] of Object.entries(DAMAGES)) {
    it(`${damage} says so and shows the report as text`, async () => {
      const data = await pageDataOf(hang);
      await using opened = await openPage(data, { change });
      const alert = opened.page.getByRole('alert');
      await alert.waitFor();
      assert.match((await alert.textContent())!, message);
      await expectText(opened.page.locator('#report-text'), data);
    });
  }

  it('of another version says so and shows the report as text', async () => {
    const data = await pageDataOf(hang);
    await using opened = await openPage({ ...data, version: 99 as PageData['version'] });
    const said = await opened.page.getByRole('alert').textContent();
    assert.match(said!, /has version 99, its program reads 1\./);
    await expectText(opened.page.locator('#report-text'), data);
  });
});

describe('a browser without scripts', { skip: noBrowser }, () => {
  it('shows the report as text', async () => {
    const data = await pageDataOf(hang);
    await using opened = await openPage(data, { javaScriptEnabled: false });
    await expectText(opened.page.locator('#report-text'), data);
  });

  it('shows it with whatever is in it', async () => {
    const data = await pageDataOf(hang);
    const text = '\n  </pre><script>document.title = 1</script>&lt;&amp;&#0;"\'\u{1f4a5}\n\n';
    await using opened = await openPage({ ...data, text }, { javaScriptEnabled: false });
    await expectText(opened.page.locator('#report-text'), { text });
  });
});

describe('a browser with scripts', { skip: noBrowser }, () => {
  it('does not show the text', async () => {
    await using opened = await openPage(hang);
    assert.ok(!(await opened.page.locator('#report-text').isVisible()));
  });
});

async function expectText(
  shown: { textContent(): Promise<string | null>; isVisible(): Promise<boolean> },
  { text }: Pick<PageData, 'text'>,
): Promise<void> {
  assert.equal(await shown.textContent(), text);
  assert.ok(await shown.isVisible());
}
