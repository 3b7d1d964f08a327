import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { analyzeTrace } from '../../analysis/index.ts';
import type { ReproOutcome } from '../../src/cli/repro/result.ts';
import { loadCapture } from '../../src/store/index.ts';
import { type Trace, type TraceRecord, traceRecords } from '../../src/trace/index.ts';
import { startCli } from './cli-process.ts';

/** Long enough for an image built from nothing, and two guests one after the other. */
const TIMEOUT_MS = 1_800_000;
const ID = 'ext4-fault-writeback';

/** One way of running the scenario, with what its capture has. */
interface Run {
  readonly outcome: ReproOutcome;
  readonly trace: Trace;
  readonly records: readonly TraceRecord[];
}

describe('the orders behind a hang that did not happen', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-potential-'));
  let unfixed: Run;
  let fixed: Run;

  before(async () => {
    unfixed = await run('--potential');
    fixed = await run('--control', '--scripts', 'default,lock-order');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** As the command itself thinks is right: exit status 0. */
  async function run(...args: string[]): Promise<Run> {
    const output = join(folder, `run${args[0]}.sqlite`);
    const { done } = startCli(['repro', ID, '--json', '-o', output, ...args], (work) => after(work));
    const { status, stdout, stderr } = await done;
    assert.equal(status, 0, `${stderr}\n${stdout}`);
    const trace = await loadCapture(output);
    return { outcome: JSON.parse(stdout) as ReproOutcome, trace, records: [...traceRecords(trace)] };
  }

  it('are named as the documented deadlock where the fix is undone, though nothing hung', () => {
    const { result, control, potential, expected, analysis } = unfixed.outcome;
    assert.deepEqual([result, control, potential, expected], ['clean', false, true, true]);
    assert.equal(analysis?.verdict, 'none');
    assert.deepEqual([analysis?.cycles, analysis?.loss.total], [[], 0]);
    const named = analysis!.potential.filter(({ matches }) => matches[0]?.id === ID);
    assert.equal(named.length, 1);
    assert.deepEqual(
      named[0]!.links.map(({ held, wanted, task }) => [held, wanted, nameOf(unfixed, task)]).sort(),
      [
        ['folio_lock (ext4)', 'folio_writeback (ext4)', 'fault-task'],
        ['folio_writeback (ext4)', 'folio_lock (ext4)', 'writer'],
      ],
    );
    assert.deepEqual(listLockedAllocations(unfixed), [['fault-task', 'pte_alloc_one']]);
  });

  it('are no danger where the fix is in place: no page table is allocated with a page locked', () => {
    const { result, control, expected, analysis } = fixed.outcome;
    assert.deepEqual([result, control, expected], ['clean', true, true]);
    assert.deepEqual([analysis?.verdict, analysis?.potential, analysis?.loss.total], ['none', [], 0]);
    assert.deepEqual(listLockedAllocations(fixed), []);
  });

  it('are seen in both: writeback locks one page with another under writeback', () => {
    for (const run of [unfixed, fixed]) {
      const locked = run.records.filter(
        ({ type, kind, stack }) =>
          type === 'hold_begin' &&
          kind === 'folio_lock' &&
          stack?.[0]?.startsWith('mpage_prepare_extent_to_map+'),
      );
      assert.ok(locked.length > 0);
      for (const { ts, tid, label } of locked) {
        assert.match(label ?? '', /^page \d+ of inode \d+ on \w+ \(ext4\)$/);
        assert.ok(
          holdsAt(run, tid!, 'folio_writeback', ts!),
          `${tid} had something under writeback at ${ts}`,
        );
      }
    }
  });

  it('leave nothing in the hands of a task', () => {
    for (const { records, trace, outcome } of [unfixed, fixed]) {
      const count = (type: string) => records.filter((record) => record.type === type).length;
      assert.deepEqual(
        records.filter((hold) => hold.type === 'hold_begin' && findEnd(records, hold) === undefined),
        [],
      );
      assert.equal(count('alloc_end'), count('alloc_begin'));
      assert.deepEqual(JSON.parse(JSON.stringify(analyzeTrace(trace))), outcome.analysis);
    }
  });

  /** Whoever allocated with a page locked, and what. */
  function listLockedAllocations(run: Run): unknown[][] {
    return run.records
      .filter(({ type, ts, tid }) => type === 'alloc_begin' && holdsAt(run, tid!, 'folio_lock', ts!))
      .map(({ tid, fn }) => [nameOf(run, tid), fn]);
  }
});

/** Whether a task was in the middle of having something of that kind. */
function holdsAt({ records }: Run, tid: number, kind: string, atNs: number): boolean {
  return records.some((hold) => {
    const isHold = hold.type === 'hold_begin' && hold.tid === tid && hold.kind === kind && hold.ts! <= atNs;
    return isHold && (findEnd(records, hold)?.ts ?? Number.POSITIVE_INFINITY) > atNs;
  });
}

/** What took it out of its holder's hands: the release, or the device, whose end may come after that of the capture. */
function findEnd(records: readonly TraceRecord[], hold: TraceRecord): TraceRecord | undefined {
  const isEnd = ({ type, res, ts }: TraceRecord) =>
    (type === 'hold_end' || type === 'io_begin') && res === hold.res && ts! >= hold.ts!;
  return records.find(isEnd);
}

/** The flusher may write the file before the driver's fsync does. */
function nameOf({ trace }: Run, tid: number | null | undefined): string {
  const name = trace.tasks.latest(tid ?? 0)?.comm ?? '';
  return name.replace(/^(kworker\/.*|fsync-task)$/, 'writer');
}
