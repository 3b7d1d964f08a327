import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { importNdjson } from '../../../src/import/index.ts';
import { openTrace, type TraceSource } from '../../../src/trace/index.ts';
import { DOCUMENTED, goldenPath } from '../golden-captures.ts';
import { noBrowser } from '../report/html/find-browser.ts';
import { hostileTrace } from '../report/html/hostile-trace.ts';
import { simulatedSource } from '../simulate/simulated-trace.ts';
import { checkTraceEvents } from './check-trace-events.ts';
import { exportBytes } from './export-file.ts';
import { openInSpeedscope } from './open-speedscope.ts';

async function golden(name: string): Promise<TraceSource> {
  return openTrace(await importNdjson(goldenPath(`${name}.ndjson`)));
}

const SOURCES: Readonly<Record<string, () => Promise<TraceSource> | TraceSource>> = {
  ...Object.fromEntries(DOCUMENTED.map((name) => [name, () => golden(name)])),
  'hostile names': () => openTrace(hostileTrace()),
  'a simulated capture': () => simulatedSource({ events: 20_000, seed: 5 }, 1000),
};

describe('speedscope opens', { skip: noBrowser }, () => {
  for (const [name, open] of Object.entries(SOURCES)) {
    it(`the trace of events of ${name}, every track of it`, async () => {
      const bytes = await exportBytes(await open(), 'chrome-trace');
      const { profiles, complaints } = await openInSpeedscope('x.json', bytes);
      const { events, trackOf, processOf } = checkTraceEvents(bytes.toString());
      const tracks = events
        .filter(({ ph }) => ph === 'X')
        .map((event) => `${processOf(event)} (pid ${event.pid}), ${trackOf(event)} (tid ${event.tid})`);
      assert.deepEqual(complaints, []);
      assert.deepEqual(profiles.toSorted(), [...new Set(tracks)].sort());
    });
  }

  it('folded stacks, with the time waited', async () => {
    const { rows, complaints } = await openInSpeedscope(
      'x.folded',
      await exportBytes(await golden('convoy'), 'folded'),
    );
    assert.deepEqual(complaints, []);
    assert.deepEqual(rows.slice(0, 3), [
      '2,810,000 (77%) 2,810,000 (77%) [rwsem]',
      '500,000 (14%) 500,000 (14%) [mutex]',
      '340,000 (9.3%) 340,000 (9.3%) [folio_writeback]',
    ]);
    assert.ok(rows.includes('2,810,000 (77%) 0 (<0.01%) ext4_buffered_write_iter'));
  });

  it('folded stacks of hostile names', async () => {
    const bytes = await exportBytes(openTrace(hostileTrace()), 'folded');
    const { rows, complaints } = await openInSpeedscope('x.folded', bytes);
    assert.deepEqual(complaints, []);
    assert.ok(rows.length > 10);
  });
});
