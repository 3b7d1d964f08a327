import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { analyzeTrace, findHandle } from '../../../analysis/index.ts';
import { displayWidth } from '../../../src/report/layout.ts';
import { NO_COLOURS } from '../../../src/report/palette.ts';
import { renderDetail } from '../../../src/report/render-detail.ts';
import { renderText } from '../../../src/report/render-text.ts';
import { holdBegin, traceOf, waitBegin, waitEnd } from '../analysis/trace-of.ts';
import { arbitraryTrace } from './arbitrary-trace.ts';

const STYLE = { width: 100, palette: NO_COLOURS, fullStacks: false };
const DEADLOCK = [
  holdBegin(0, 1, 'mutex', 'a'),
  holdBegin(0, 2, 'mutex', 'b'),
  waitBegin(1, 1, 'mutex', 'b'),
  waitBegin(1, 2, 'mutex', 'a'),
];
const ENDED = [waitBegin(0, 5, 'mutex', 'c'), waitEnd(900, 5, 'mutex', 'c')];

describe('the text of where the time went', () => {
  it('is not there where nothing but what is open has waited', () => {
    const text = renderText(analyzeTrace(traceOf(DEADLOCK)), STYLE);
    assert.doesNotMatch(text, /Where the time went/);
    const asked = renderText(analyzeTrace(traceOf(DEADLOCK), { waitTimes: { detail: true } }), STYLE);
    assert.match(asked, /Where the time went: 2 ns|Where the time went: 0 ns/);
  });

  it('comes in one line after a deadlock', () => {
    const text = renderText(analyzeTrace(traceOf([...DEADLOCK, ...ENDED])), STYLE);
    assert.match(text, /^DEADLOCK/);
    assert.ok(text.indexOf('Where the time went') > text.indexOf('Cycle [c-1]'));
    assert.doesNotMatch(text, /kind +waits/);
  });

  it('names what cannot be followed', () => {
    const waits = Array.from({ length: 100 }, (_, i) => waitBegin(10, i + 10, 'mutex', 'a'));
    const trace = traceOf([holdBegin(0, 1, 'mutex', 'a'), ...waits, holdBegin(1000, 2, 'mutex', 'z')]);
    const analysis = analyzeTrace(trace, { waitTimes: { detail: true } });
    assert.equal(analysis.waitTimes!.detail!.unfollowedNs, 36 * 990);
    assert.match(renderText(analysis, STYLE), /Not in a chain above: 35\.6 µs/);
  });

  it('stays in its lines and lets nothing through, whatever the capture says', () => {
    fc.assert(
      fc.property(
        arbitraryTrace,
        fc.constantFrom(60, 80, 100),
        fc.constantFrom(0, 3),
        (trace, width, top) => {
          const analysis = analyzeTrace(trace, { waitTimes: { detail: true, top } });
          const style = { ...STYLE, width };
          const handles = ['l-1', 'l-2', 'w-1'].map((handle) => findHandle(analysis, handle));
          const texts = [
            renderText(analysis, style),
            ...handles
              .filter((found) => found !== undefined)
              .map((found) => renderDetail(found, analysis, style)),
          ];
          for (const line of texts.flatMap((text) => text.split('\n'))) {
            assert.ok(displayWidth(line) <= width, line);
            assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
