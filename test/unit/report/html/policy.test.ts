import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { goldenPath, noBrowser, type OpenedPage, openPage } from './open-page.ts';

const hang = goldenPath('ext4-fault-writeback');

const STOPPED = /^console: error: .*(Content Security Policy|TrustedHTML)|^request: /;
const ELSEWHERE = 'http://elsewhere';

/** What somebody would put into a page, and the part of the policy that stops it. */
const INTRUSIONS: Readonly<Record<string, readonly [markup: string, directive: RegExp]>> = {
  'a script': ['<script>document.title = "owned"</script>', /script-src/],
  'a handler': [
    '<details open ontoggle="document.title = \'owned\'"><summary>x</summary></details>',
    /script-src/,
  ],
  'a style attribute': ['<p id="painted" style="color: rgb(1, 2, 3)">x</p>', /style-src/],
  'a style sheet': ['<style>#painted { color: rgb(1, 2, 3) }</style><p id="painted">x</p>', /style-src/],
  'a picture': [`<img src="${ELSEWHERE}/x.png" alt="">`, /img-src|default-src/],
  'a frame': [`<iframe src="${ELSEWHERE}/"></iframe>`, /frame-src/],
  'an object': [`<object data="${ELSEWHERE}/x"></object>`, /object-src|default-src/],
  'another base': [`<base href="${ELSEWHERE}/">`, /base-uri/],
  'a script of elsewhere': [`<script src="${ELSEWHERE}/x.js"></script>`, /script-src/],
  'styles of elsewhere': [`<link rel="stylesheet" href="${ELSEWHERE}/x.css">`, /style-src/],
};

describe("the page's policy", { skip: noBrowser, timeout: 120_000 }, () => {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.end();
  });
  let elsewhere = '';
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  for (const [what, [markup, directive]] of Object.entries(INTRUSIONS)) {
    it(`stops ${what}`, async () => {
      const added = markup.replace(ELSEWHERE, () => elsewhere);
      await using opened = await openPage(hang, {
        change: (html) => html.replace('</body>', () => `${added}</body>`),
        expected: STOPPED,
      });
      const { page } = opened;
      const [said] = await waitForProblems(opened, 1);
      assert.match(said!, directive);
      assert.match(await page.title(), /: deadlock - holdwait$/);
      assert.equal(await page.evaluate(() => document.baseURI), page.url());
      const painted = page.locator('#painted');
      if ((await painted.count()) > 0) {
        assert.notEqual(await painted.evaluate((element) => getComputedStyle(element).color), 'rgb(1, 2, 3)');
      }
      assert.deepEqual(asked, []);
    });
  }

  it('lets the program itself neither ask the network nor make markup of text', async () => {
    await using opened = await openPage(hang, { expected: STOPPED });
    const bold = await opened.page.evaluate(async (url) => {
      const attempts: (() => unknown)[] = [
        () => fetch(url),
        () => new WebSocket(url.replace('http', 'ws')),
        () => new EventSource(url),
        () => navigator.sendBeacon(url, 'x'),
        () => document.body.insertAdjacentHTML('beforeend', '<b>x</b>'),
        () => document.write('<b>x</b>'),
        () => {
          document.body.innerHTML = '<b>x</b>';
        },
      ];
      for (const attempt of attempts) {
        try {
          await attempt();
        } catch {
          // What counts is whether it came about.
        }
      }
      return document.querySelectorAll('b').length;
    }, elsewhere);
    await waitForProblems(opened, 7);
    assert.equal(bold, 0);
    assert.deepEqual(asked, []);
  });

  it('comes before all that it is about', async () => {
    await using opened = await openPage(hang);
    assert.match(
      opened.html,
      /^<!doctype html>\n<html lang="en">\n<head>\n<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'; [^"]*">\n/,
    );
    assert.doesNotMatch(opened.html, /unsafe-/);
  });
});

async function waitForProblems({ page, problems }: OpenedPage, count: number): Promise<string[]> {
  for (;;) {
    const said = problems.filter((problem) => problem.startsWith('console: '));
    if (said.length >= count) {
      return said;
    }
    await page.waitForTimeout(10);
  }
}
