import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEFAULT_OPTIONS, Simulation } from '../../../src/simulate/index.ts';
import { openSqliteSink } from '../../../src/store/index.ts';
import { temporaryFolder } from '../store/sample-trace.ts';

const SCRIPT = fileURLToPath(new URL('export-peak.ts', import.meta.url));
const EVENTS = 500_000;
/** As text the events take up more than this, and as rows twice as much. */
const MAX_HEAP_MIB = 96;

async function writeSimulated(path: string, events: number): Promise<void> {
  const simulation = new Simulation({ ...DEFAULT_OPTIONS, events });
  const sink = openSqliteSink(path, {});
  for (const batch of simulation.batches()) {
    sink.write(batch, simulation.builder);
  }
  await sink.close(simulation.info());
}

function measure(...args: string[]): { sizeBytes: number; peakKiB: number } {
  return JSON.parse(
    execFileSync(process.execPath, [`--max-old-space-size=${MAX_HEAP_MIB}`, SCRIPT, ...args], {
      encoding: 'utf8',
    }),
  );
}

test('an export keeps neither the events nor the file in memory', async (t) => {
  const capture = join(temporaryFolder(t), 'capture.sqlite');
  await writeSimulated(capture, EVENTS);
  for (const format of ['ndjson', 'parquet']) {
    const { sizeBytes } = measure(capture, format, 'events');
    assert.ok(sizeBytes > EVENTS, `${format}: ${sizeBytes} bytes`);
  }
});
