import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { encodePageData } from '../../../../src/report/html/encode-data.ts';
import { escapeHtml } from '../../../../src/report/html/escape-html.ts';
import { goldenPath, noBrowser, openPage, pageDataOf } from './open-page.ts';

const hostile = fc.string({
  unit: fc.constantFrom(...'<>&"\'/!-=; \n\0abc\u{202e}\u{1f4a5}\ud800'.split('')),
  maxLength: 60,
});

describe('escapeHtml()', () => {
  it('leaves no character that begins or ends markup', () =>
    fc.assert(
      fc.property(hostile, (text) => {
        assert.match(escapeHtml(text), /^(?:[^<>&"'\0]|&(?:amp|lt|gt|quot|#39);)*$/);
      }),
    ));

  it('is undone by a browser', { skip: noBrowser }, async () => {
    const texts = fc.sample(hostile, 200);
    const html = `<!doctype html><meta charset="utf-8"><body>${texts
      .map((text) => `<pre title="${escapeHtml(text)}">\n${escapeHtml(text)}</pre>`)
      .join('')}`;
    await using opened = await openPage({ html });
    const shown = await opened.page
      .locator('pre')
      .evaluateAll((all) => all.map((one) => [one.textContent, one.getAttribute('title')]));
    // What HTML cannot say at all: NUL, and half a pair of surrogates.
    const expected = texts.map((text) => text.replaceAll('\0', '\u{fffd}').toWellFormed());
    assert.deepEqual(
      shown,
      expected.map((text) => [text, text]),
    );
  });
});

describe('the data of a page', () => {
  it('is in letters that no parser stops at', async () => {
    const data = await pageDataOf(goldenPath('hostile-names'));
    assert.match(await encodePageData(data), /^[\w+/]+=*$/);
  });
});
