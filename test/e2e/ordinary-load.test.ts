import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { type Analysis, analyzeTrace } from '../../analysis/index.ts';
import { loadCapture } from '../../src/store/index.ts';
import { type Trace, traceRecords } from '../../src/trace/index.ts';
import { startCli } from './cli-process.ts';
import { putFolder, startGuest, type TestGuest } from './lab-fixture.ts';

/** Long enough for an image built from nothing. */
const TIMEOUT_MS = 1_200_000;
const DISKS = [{ sizeMib: 1024 }, { sizeMib: 1024 }, { sizeMib: 512 }];
const FOLDER = '/root/ordinary';
/** One after the other, as many at a time as two emulated CPUs carry. See workload/ordinary/README.md. */
const MIXES = [
  ['fsync', 'snapshots'],
  ['build', 'freeze'],
  ['fsync', 'pressure', 'hotplug'],
] as const;
const MIX_SECONDS = 25;
/** A busy guest ends its loads late. */
const MIX_TIMEOUT_MS = 300_000;
/** Kinds that these loads make wait or hold for more than 10 ms in every run, so that a capture that saw nothing does not pass. */
const SURE_KINDS = ['folio_lock', 'folio_writeback', 'mutex', 'percpu_rwsem', 'rwsem', 'transaction'];
const CUTS = 100;

describe('ordinary load under all scripts', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-load-'));
  const output = join(folder, 'load.sqlite');
  let guest: TestGuest;

  before(async () => {
    guest = await startGuest('load', { disks: DISKS });
    await putFolder(guest, 'test/e2e/workload/ordinary', FOLDER);
    await guest.run(`sh ${FOLDER}/setup.sh`);
  });
  after(async () => {
    await guest?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is captured without loss', async (t) => {
    const running = startCli(['capture', guest.target, '--scripts', 'all', '-o', output], (work) =>
      t.after(work),
    );
    await running.said(/^capturing /m);
    for (const loads of MIXES) {
      await guest.run(`sh ${FOLDER}/mix.sh ${MIX_SECONDS} ${loads.join(' ')}`, {
        timeoutMs: MIX_TIMEOUT_MS,
      });
    }
    running.kill('SIGINT');
    const end = await running.done;
    assert.equal(end.status, 130, end.stderr);
    const trace = await loadCapture(output);
    assert.deepEqual(trace.losses, []);
    const counts = countKinds(trace);
    t.diagnostic(`waits and holds: ${[...counts].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
    for (const kind of SURE_KINDS) {
      assert.ok(counts.has(kind), `neither a wait for a ${kind} nor a hold of one was seen`);
    }
  });

  it('is no deadlock, not suspected of one, and has no order of locks that could lead to one', async (t) => {
    const words = ['analyze', output, '--json'];
    const { status, stdout, stderr } = await startCli(words, (work) => t.after(work)).done;
    assert.equal(status, 0, stderr);
    const { verdict, cycles, potential } = JSON.parse(stdout) as Analysis;
    assert.deepEqual(cycles, []);
    assert.deepEqual(potential, []);
    assert.match(verdict, /^(none|hang)$/);
  });

  it('would be neither if the capture had ended earlier', async () => {
    const count = countEvents(output);
    for (let i = 1; i <= CUTS; i++) {
      const last = Math.round((i * count) / CUTS);
      const { cycles, tasks } = analyzeTrace(await loadCapture(cutCapture(output, last)));
      const said = cycles.map(({ edges }) =>
        edges.map(({ waiter, resource }) => `${tasks[waiter]?.name} ${resource.kind}`),
      );
      assert.deepEqual(said, [], `after ${last} of ${count} events`);
    }
  });
});

function countKinds(trace: Trace): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, kind } of traceRecords(trace)) {
    if ((type === 'wait_begin' || type === 'hold_begin') && kind !== undefined) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  return counts;
}

function countEvents(file: string): number {
  const db = new Database(file, { readonly: true });
  const count = db.prepare('SELECT max(id) FROM events').pluck().get() as number;
  db.close();
  return count;
}

/** The capture as it was when event `last` had arrived: ids are in order of arrival. */
function cutCapture(file: string, last: number): string {
  const cut = `${file}.cut`;
  copyFileSync(file, cut);
  const db = new Database(cut);
  const endNs = db.prepare('SELECT max(ts_ns) FROM events WHERE id <= ?').pluck().get(last);
  db.prepare('DELETE FROM events WHERE id > ?').run(last);
  db.prepare('DELETE FROM tasks WHERE from_ns > ?').run(endNs);
  db.prepare("UPDATE capture SET value = ? WHERE key = 'endNs'").run(endNs);
  db.close();
  return cut;
}
