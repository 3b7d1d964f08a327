import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEFAULT_OPTIONS, Simulation } from '../../../src/simulate/index.ts';
import { openArrowSink, openSqliteSink } from '../../../src/store/index.ts';
import type { TraceSink } from '../../../src/trace/index.ts';
import { temporaryFolder } from '../store/sample-trace.ts';

const SCRIPT = fileURLToPath(new URL('analyze-peak.ts', import.meta.url));
/** The events of the larger files take up more than this once they are in columns. */
const MAX_HEAP_MIB = 48;
/** Read batch by batch it is 1.1 to 1.25, for the runtime's own heap; all in memory, 1.7. */
const MAX_RATIO = 1.4;

async function writeSimulated(sink: TraceSink, events: number, lateNs: number): Promise<void> {
  const simulation = new Simulation({ ...DEFAULT_OPTIONS, events, lateNs });
  for (const batch of simulation.batches()) {
    sink.write(batch, simulation.builder);
  }
  await sink.close(simulation.info());
}

function measure(path: string): { events: number; cycles: number; peakKiB: number } {
  return JSON.parse(
    execFileSync(process.execPath, [`--max-old-space-size=${MAX_HEAP_MIB}`, SCRIPT, path], {
      encoding: 'utf8',
    }),
  );
}

test('four times the events take the same memory', async (t) => {
  const folder = temporaryFolder(t);
  for (const [format, open, events] of [
    ['arrows', openArrowSink, 300_000],
    ['sqlite', openSqliteSink, 300_000],
  ] as const) {
    const [small, large] = [join(folder, `small.${format}`), join(folder, `large.${format}`)];
    await writeSimulated(open(small, {}), events, 100_000);
    await writeSimulated(open(large, {}), events * 4, 100_000);
    const [one, four] = [measure(small), measure(large)];
    assert.ok(one.events >= events && four.events >= events * 4, `${one.events} and ${four.events} events`);
    assert.ok(one.cycles > 0 && four.cycles > 0);
    assert.ok(four.peakKiB < one.peakKiB * MAX_RATIO, `${format}: ${one.peakKiB} and ${four.peakKiB} KiB`);
  }
});
