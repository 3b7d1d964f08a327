import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../../../../src/package-root.ts';
import { readPageKey } from '../../../../../src/report/html/app/keys.ts';
import { readSource } from '../../../../../src/report/html/app/model/sources.ts';

const APP = join(packageRoot(), 'src/report/html/app');

describe('a source of a signature', () => {
  it('is a link if it is a plain https address', () => {
    const address = 'https://lore.kernel.org/r/20210922110420.GA21576@quack2.suse.cz/';
    assert.deepEqual(readSource(address), { text: address, href: address });
  });

  it('is cited as in a mail: a Message-ID leads to the archive of the lists, a commit nowhere', () => {
    const href = 'https://lore.kernel.org/r/1540858969-75803-1-git-send-email-bo.liu@linux.alibaba.com/';
    const messageId = 'message-id:1540858969-75803-1-git-send-email-bo.liu@linux.alibaba.com';
    assert.deepEqual(readSource(messageId), { text: href, href });
    assert.deepEqual(readSource('commit:63f3655f9501'), { text: 'commit 63f3655f9501' });
  });

  it('of no plain Message-ID stays text', () => {
    const text = 'https://lore.kernel.org/r/\u202egpj.exe/';
    assert.deepEqual(readSource('message-id:\u202egpj.exe'), { text });
  });

  for (const source of [
    'javascript:alert(1)',
    'JavaScript:alert(1)//https://a/',
    'http://example.org/',
    'https://user:secret@example.org/',
    'https://kernel.org@example.org/',
    'https://',
    'https://exa mple.org/',
    'https://example.org/\u202egpj.exe',
    'data:text/html,<script>alert(1)</script>',
    '//example.org/',
    ' https://example.org/',
  ]) {
    it(`stays text: ${JSON.stringify(source)}`, () => {
      assert.deepEqual(readSource(source), { text: source });
    });
  }
});

describe('the sources of the page', () => {
  const files = readdirSync(APP, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(APP, path), 'utf8') }));

  it('are found', () => assert.ok(files.length > 50));

  it('make no markup of text and run none', () => {
    const ways =
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setAttribute\('(?:on|style|href|src)/;
    assert.deepEqual(
      files.filter(({ text }) => ways.test(text)).map(({ path }) => path),
      [],
    );
  });

  it('make links of handles and checked addresses alone', () => {
    const links = files.flatMap(({ text }) =>
      [...text.matchAll(/href=(\{[^}]*\}+[^}]*\}?|"[^"]*")/g)].map(([, to]) => to!),
    );
    const others = links.filter((to) => !/^\{`#\$\{/.test(to) && !to.startsWith('{href}'));
    assert.deepEqual(others, []);
  });

  it('keep nothing beyond the page, and load nothing', () => {
    const ways =
      /localStorage|sessionStorage|indexedDB|document\.cookie|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon/;
    assert.deepEqual(
      files.filter(({ text }) => ways.test(text)).map(({ path }) => path),
      [],
    );
  });
});

describe('a key', () => {
  type Circumstances = Omit<Parameters<typeof readPageKey>[0], 'key'>;
  const usual: Circumstances = { isWriting: false, hasModifier: false, areSignsKeys: true };
  const asks = (key: string, circumstances: Partial<Circumstances> = {}) =>
    readPageKey({ key, ...usual, ...circumstances });

  it('asks for the filter, the list of keys, or to close what is open', () => {
    assert.deepEqual(
      ['/', '?', 'Escape', 'x'].map((key) => asks(key)),
      ['filter', 'help', 'close', undefined],
    );
  });

  it('is a letter where one writes, and the browser’s with a modifier', () => {
    assert.deepEqual(
      ['/', '?', 'Escape'].map((key) => asks(key, { isWriting: true })),
      [undefined, undefined, 'leave'],
    );
    assert.equal(asks('/', { hasModifier: true }), undefined);
  });

  it('is none if it is a sign and signs are turned off', () => {
    assert.deepEqual(
      ['/', '?', 'Escape'].map((key) => asks(key, { areSignsKeys: false })),
      [undefined, undefined, 'close'],
    );
  });
});
