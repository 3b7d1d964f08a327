import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Analysis, analyzeTrace, findHandle } from '../../../analysis/index.ts';
import { toCsvLine } from '../../../src/export/write-csv.ts';
import { escapeText, escapeWhole, escapeWithin } from '../../../src/report/escape.ts';
import { renderMail } from '../../../src/report/mail/render-mail.ts';
import { NO_COLOURS } from '../../../src/report/palette.ts';
import { renderDetail } from '../../../src/report/render-detail.ts';
import { renderJson } from '../../../src/report/render-json.ts';
import { renderText } from '../../../src/report/render-text.ts';
import type { Trace } from '../../../src/trace/index.ts';
import { holdBegin, traceOf, waitBegin } from '../analysis/trace-of.ts';

const MEGABYTE = 1e6;
/** What a report may come to whose texts are all too long, characters. */
const READABLE = 100_000;

describe('a text of a capture', () => {
  it('is cut where it would be a report by itself, and says how long it was', () => {
    const ordinary = 'x'.repeat(1000);
    assert.equal(escapeText(ordinary), ordinary);
    assert.equal(escapeText(`${ordinary}x`), `${ordinary}… (1,001 characters)`);
    assert.equal(escapeText('\0'.repeat(MEGABYTE)), `${'\\x00'.repeat(1000)}… (1,000,000 characters)`);
    assert.equal(escapeWithin('abc', 2), 'ab… (3 characters)');
  });

  it('is not cut in the middle of a character', () => {
    assert.equal(escapeWithin('a😀b', 2), 'a… (4 characters)');
    assert.equal(escapeWithin('a😀b', 3), 'a😀… (4 characters)');
  });

  it('is whole for other programs', () => {
    assert.equal(escapeWhole('\n'.repeat(MEGABYTE)).length, 4 * MEGABYTE);
    assert.ok(toCsvLine(['x'.repeat(MEGABYTE)]).length > MEGABYTE);
  });
});

describe('a report on names of a megabyte', () => {
  const analysis = analyzeHuge();

  it('stays as long as a report is', () => {
    for (const fullStacks of [false, true]) {
      const style = { width: 100, palette: NO_COLOURS, fullStacks };
      const handles = ['c-1', 'w-1', 't-1', 't-2', 'r-1', 'l-1'].map(
        (handle) => findHandle(analysis, handle)!,
      );
      const texts = [
        renderText(analysis, style),
        ...handles.map((found) => renderDetail(found, analysis, style)),
      ];
      for (const text of texts) {
        assert.ok(text.length < READABLE, `${text.length}: ${text.slice(0, 200)}`);
      }
      assert.match(texts[0]!, /… \(1,000,\d{3} characters\)/);
      assert.match(texts[0]!, /titlexxx/);
    }
    const mail = renderMail(analysis, { signatures: [], version: '1' });
    assert.ok(mail.length < READABLE);
  });

  it('is whole for programs', () => {
    assert.ok(renderJson(analysis).length > 10 * MEGABYTE);
  });
});

function analyzeHuge(): Analysis {
  const huge = (name: string) => name + 'x'.repeat(MEGABYTE);
  const [a, b] = [huge('a'), huge('b')];
  const kind = huge('kind');
  const stack = [huge('inner'), huge('outer')];
  const rest = { label: huge('label'), stack };
  const trace = traceOf([
    { type: 'task', ts: 0, tid: 1, comm: huge('one') },
    { type: 'task', ts: 0, tid: 2, comm: huge('two') },
    holdBegin(0, 1, kind, a, rest),
    holdBegin(0, 2, kind, b, rest),
    waitBegin(1e9, 1, kind, b, rest),
    waitBegin(2e9, 2, kind, a, rest),
    waitBegin(2e9, 3, kind, huge('c'), rest),
    { type: 'loss', ts: 3e9, count: 1, reason: huge('reason') },
  ]);
  const order = {
    source: 'lockdep',
    report: huge('report'),
    title: huge('title'),
    classes: [a, b],
    links: [
      { held: a, wanted: b, stack, heldStack: stack, why: huge('why') },
      { held: b, wanted: a, stack },
    ],
    usage: huge('usage'),
    scenario: [huge('scenario')],
    line: 1,
  };
  const capture: Trace = {
    ...trace,
    info: {
      target: huge('target'),
      kernelRelease: huge('release'),
      endReason: huge('end'),
      hooks: [{ hook: huge('hook'), symbol: undefined, reason: huge('why') }],
      endNs: 30e9,
    },
    attachments: [
      { name: 'lock-orders', text: JSON.stringify({ schema: 'holdwait.lock-orders/1', orders: [order] }) },
      { name: huge('attachment'), text: '' },
    ],
  };
  return analyzeTrace(capture, { waitTimes: { detail: true } });
}
