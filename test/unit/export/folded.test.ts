import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeTrace } from '../../../analysis/index.ts';
import { importNdjson } from '../../../src/import/index.ts';
import { openTrace, type TraceSource } from '../../../src/trace/index.ts';
import { traceOf, waitBegin, waitEnd } from '../analysis/trace-of.ts';
import { compareGolden } from '../compare-golden.ts';
import { GOLDEN, goldenPath } from '../golden-captures.ts';
import { hostileTrace } from '../report/html/hostile-trace.ts';
import { simulatedSource, simulateTrace } from '../simulate/simulated-trace.ts';
import { exportBytes } from './export-file.ts';

interface Folded {
  readonly frames: readonly string[];
  readonly us: number;
}

/** As flamegraph.pl reads it: the number behind the last blank. */
async function fold(source: TraceSource): Promise<Folded[]> {
  const text = (await exportBytes(source, 'folded')).toString();
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, path, us] = /^(\S+) ([1-9]\d*)$/.exec(line) ?? assert.fail(line);
      const frames = path!.split(';');
      assert.ok(!frames.includes(''), line);
      return { frames, us: Number(us) };
    });
}

describe('folded stacks', () => {
  it('are as decided', async () => {
    const source = openTrace(await importNdjson(goldenPath('convoy.ndjson')));
    compareGolden('convoy.folded', (await exportBytes(source, 'folded')).toString());
  });

  for (const name of GOLDEN) {
    it(`of ${name} come to the time waited`, async () => {
      const trace = await importNdjson(goldenPath(`${name}.ndjson`));
      const rows = await fold(openTrace(trace));
      const { waitedNs } = analyzeTrace(trace).waitTimes!;
      const us = rows.reduce((sum, row) => sum + row.us, 0);
      assert.ok(Math.abs(us - waitedNs / 1e3) <= rows.length);
    });
  }

  it('of a simulated capture are few, each once, and come to the time waited', async () => {
    const options = { events: 20_000, seed: 3 };
    const rows = await fold(simulatedSource(options, 1000));
    const { waitedNs } = analyzeTrace(simulateTrace(options).trace).waitTimes!;
    assert.equal(new Set(rows.map(({ frames }) => frames.join(';'))).size, rows.length);
    assert.ok(rows.length < 500);
    assert.ok(Math.abs(rows.reduce((sum, { us }) => sum + us, 0) - waitedNs / 1e3) <= rows.length);
  });

  it('sum up stacks that differ in offsets, and tell kinds apart', async () => {
    const wait = (tid: number, kind: string, frame: string) => [
      waitBegin(0, tid, kind, 'a', { stack: [frame, 'entry'] }),
      waitEnd(2_000_000, tid, kind, 'a'),
    ];
    const records = [
      ...wait(1, 'mutex', 'f+0x1/0x9'),
      ...wait(2, 'mutex', 'f+0x2/0x9 [m]'),
      ...wait(3, 'rwsem', 'f'),
    ];
    assert.deepEqual(await fold(openTrace(traceOf(records.sort((a, b) => a.ts! - b.ts!)))), [
      { frames: ['entry', 'f', '[mutex]'], us: 4000 },
      { frames: ['entry', 'f', '[rwsem]'], us: 2000 },
    ]);
  });

  it('are lines whatever functions and locks are called', async () => {
    assert.ok((await fold(openTrace(hostileTrace()))).length > 10);
  });
});
