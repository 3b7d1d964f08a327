import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadPageAssets, savePageAssets } from '../../../../src/report/html/build/page-assets.ts';
import { renderPage } from '../../../../src/report/html/render-page.ts';
import { tryFindBrowser } from './find-browser.ts';
import { goldenPath, pageDataOf } from './page-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdwait-page-assets-'));
after(() => rmSync(folder, { recursive: true }));

describe('the program and styles of the page', () => {
  it('carry the licences of what they are made of', async () => {
    const { script } = await loadPageAssets();
    assert.match(
      script,
      /^\/\*!\n@dagrejs\/dagre [\d.]+\n[\s\S]*Chris Pettitt[\s\S]*\n\npreact [\d.]+\n[\s\S]*Jason Miller[\s\S]*\*\//,
    );
    assert.equal(script.match(/The above copyright notice and this permission notice/g)?.length, 2);
    assert.doesNotMatch(script, /sourceMappingURL/);
  });

  it('are found where they were built', async () => {
    savePageAssets({ script: 'built', style: 'too' }, folder);
    assert.deepEqual(await loadPageAssets(folder), { script: 'built', style: 'too' });
  });
});

describe('renderPage()', () => {
  it('allows its program and styles by the hashes of their texts, byte for byte', async () => {
    const data = await pageDataOf(goldenPath('nothing-waits'));
    const assets = { script: "'é\\n'; /* </s */", style: 'p { content: "é" }' };
    const html = await renderPage(data, assets);
    for (const [name, text] of Object.entries(assets)) {
      const hash = createHash('sha256').update(text).digest('base64');
      assert.ok(html.includes(`${name}-src 'sha256-${hash}'`));
      assert.ok(html.includes(`<${name}>${text}</${name}>`));
    }
  });

  for (const text of ['"</script >"', '"</STYLE"', '"<!--"', 'a\r\nb', 'a\0b']) {
    it(`refuses what would not be read as it is written: ${JSON.stringify(text)}`, async () => {
      const data = await pageDataOf(goldenPath('nothing-waits'));
      await assert.rejects(renderPage(data, { script: text, style: '' }), TypeError);
      await assert.rejects(renderPage(data, { script: '', style: text }), TypeError);
    });
  }
});

describe('a browser for tests', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);

  it('is the one that is named, or a Chromium on the path', () => {
    assert.equal(tryFindBrowser({ HOLDWAIT_BROWSER: '/my/chrome', PATH: bin }), '/my/chrome');
    assert.equal(tryFindBrowser({ PATH: bin }), undefined);
    writeFileSync(join(bin, 'chromium'), '');
    assert.equal(tryFindBrowser({ PATH: `/nowhere:${bin}` }), undefined);
    chmodSync(join(bin, 'chromium'), 0o755);
    assert.equal(tryFindBrowser({ PATH: `/nowhere:${bin}` }), join(bin, 'chromium'));
  });
});
