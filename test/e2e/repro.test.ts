import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type Analysis, analyzeTrace, type Edge } from '../../analysis/index.ts';
import type { ReproOutcome } from '../../src/cli/repro/result.ts';
import { listLabStates } from '../../src/lab/lab-state.ts';
import { listScenarios } from '../../src/lab/scenario.ts';
import { loadCapture } from '../../src/store/index.ts';
import { type CliEnd, type CliProcess, startCli } from './cli-process.ts';

/** Long enough for an image built from nothing, and five guests one after the other. */
const TIMEOUT_MS = 2_400_000;

/** Waiter, kind, blocker, evidence. A worker's name says which of many it is, and the flusher may be the fsync of the driver. */
type Party = readonly [waiter: string, kind: string, blocker: string, evidence: string];

const EXPECTED: Readonly<Record<string, { verdict: string; parties: readonly Party[] }>> = {
  'ext4-fault-writeback': {
    verdict: 'deadlock',
    parties: [
      ['fault-task', 'folio_writeback', 'writer', 'traced'],
      ['writer', 'folio_lock', 'fault-task', 'traced'],
    ],
  },
  'memcg-irq-nesting': {
    verdict: 'deadlock',
    parties: [['nest-task', 'spinlock', 'nest-task', 'owner-field']],
  },
  'netfs-sb-writers-mmap': {
    verdict: 'suspected',
    parties: [
      ['fault-task', 'fuse_request', 'fuse-server', 'traced'],
      ['freeze-task', 'percpu_rwsem', 'xattr-task', 'traced'],
      ['fuse-server', 'percpu_rwsem', 'freeze-task', 'owner-field'],
      ['mmap-task', 'rwsem', 'fault-task', 'traced'],
      ['xattr-task', 'rwsem', 'mmap-task', 'traced'],
    ],
  },
  'pcpu-alloc-reclaim': {
    verdict: 'deadlock',
    parties: [
      ['map-task', 'transaction', 'snapshot-task', 'traced'],
      ['snapshot-task', 'mutex', 'map-task', 'owner-field'],
    ],
  },
  'shmem-seals-cpu-hotplug': {
    verdict: 'deadlock',
    parties: [
      ['cpuhp/1', 'rwsem', 'seal-task', 'owner-field'],
      ['seal-task', 'percpu_rwsem', 'writer', 'traced'],
      ['writer', 'completion', 'cpuhp/1', 'owner-field'],
    ],
  },
};

describe('repro --all', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-repro-'));
  let hung: readonly ReproOutcome[] = [];
  let clean: readonly ReproOutcome[] = [];

  before(async () => {
    hung = await runAll(join(folder, 'hung'));
    clean = await runAll(join(folder, 'clean'), '--control');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Everything it prints, and that it thinks well of it itself. */
  async function runAll(output: string, ...args: string[]): Promise<readonly ReproOutcome[]> {
    const running = startCli(['repro', '--all', '--json', '-o', output, ...args], (work) => after(work));
    const { status, stdout, stderr } = await running.done;
    assert.equal(status, 0, `${stderr}\n${stdout}`);
    assert.ok(!leftRunning(running), 'the guests are gone');
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ReproOutcome);
  }

  it('runs each scenario', () => {
    assert.deepEqual(listScenarios(), Object.keys(EXPECTED));
    assert.deepEqual(
      [hung, clean].map((outcomes) => outcomes.map(({ scenario }) => scenario)),
      [listScenarios(), listScenarios()],
    );
  });

  for (const [id, { verdict, parties }] of Object.entries(EXPECTED)) {
    const outcomeOf = (outcomes: readonly ReproOutcome[]): ReproOutcome => {
      const outcome = outcomes.find(({ scenario }) => scenario === id);
      assert.ok(outcome, 'it ran');
      return outcome;
    };

    it(`${id}: hangs, and every party of the report is named`, () => {
      const { result, control, expected, timesMs, analysis } = outcomeOf(hung);
      assert.deepEqual({ result, control, expected }, { result: 'hung', control: false, expected: true });
      for (const phase of ['boot', 'arm', 'hang', 'verdict'] as const) {
        assert.ok((timesMs[phase] ?? 0) > 0, phase);
      }
      assert.equal(analysis?.verdict, verdict);
      assert.equal(analysis?.loss.total, 0);
      assert.equal(analysis?.cycles.length, 1);
      assert.deepEqual(listParties(analysis!), parties);
      assert.deepEqual(
        analysis?.cycles[0]?.matches.map((match) => match.id),
        [id],
      );
    });

    it(`${id}: the kernel's own evidence does not contradict`, async () => {
      const { agreement, analysis, capture } = outcomeOf(hung);
      assert.deepEqual(
        agreement.map(({ tid }) => tid).sort((a, b) => a - b),
        [...analysis!.cycles[0]!.tasks].sort((a, b) => a - b),
      );
      assert.ok(agreement.every(({ stackAgrees }) => stackAgrees !== false));
      assert.ok(agreement.some(({ inHungTaskReport, inStallReport }) => inHungTaskReport || inStallReport));
      const { attachments, info } = await loadCapture(capture!);
      assert.equal(info.endReason, 'scenario over');
      const kernelLog = attachments.find(({ name }) => name === 'dmesg');
      assert.match(kernelLog?.text ?? '', /INFO: task .* blocked for more than|rcu: INFO: .* detected stall/);
    });

    it(`${id}: the capture gives the same answer offline`, async () => {
      const { analysis, capture } = outcomeOf(hung);
      const again = analyzeTrace(await loadCapture(capture!));
      assert.deepEqual(JSON.parse(JSON.stringify(again)), analysis);
    });

    it(`${id}: with the fix in place comes out clean`, () => {
      const { result, control, expected, agreement, analysis } = outcomeOf(clean);
      assert.deepEqual({ result, control, expected }, { result: 'clean', control: true, expected: true });
      assert.equal(analysis?.verdict, 'none');
      assert.deepEqual({ agreement, cycles: analysis?.cycles }, { agreement: [], cycles: [] });
      // No wait may have passed the threshold, but the tracer was there to see one.
      assert.ok((analysis?.capture.endNs ?? 0) > 0);
      assert.equal(analysis?.loss.total, 0);
    });
  }
});

describe('repro', () => {
  const repro = (t: TestContext, ...args: string[]): Promise<CliEnd> =>
    startCli(['repro', ...args], (work) => t.after(work)).done;

  it('lists the scenarios, plans a run, and refuses an unknown one', async (t) => {
    const [id] = listScenarios();
    const folder = mkdtempSync(join(tmpdir(), 'holdwait-plan-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const list = await repro(t, '--list');
    assert.equal(list.status, 0);
    assert.match(list.stdout, new RegExp(`^${id}\\b`, 'm'));
    const data = await repro(t, '--list', '--json');
    assert.deepEqual(
      JSON.parse(data.stdout).map((scenario: { id: string }) => scenario.id),
      listScenarios(),
    );
    const plan = await repro(t, id!, '--dry-run', '-o', join(folder, 'plan.sqlite'));
    assert.equal(plan.status, 0);
    assert.match(plan.stdout, /^1\. /);
    assert.ok(!existsSync(join(folder, 'plan.sqlite')));
    const unknown = await repro(t, 'no-such-hang');
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, new RegExp(`no-such-hang[^]*\nhint: .*${id}`));
    const missing = await repro(t);
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /hint: /);
  });
});

function leftRunning({ pid }: CliProcess): boolean {
  return listLabStates().some(({ name }) => name === `repro-${pid}`);
}

/** The edges of the one cycle by their waiters' names. */
function listParties({ cycles, tasks }: Analysis): Party[] {
  const name = (tid: number | null): string =>
    (tasks[String(tid)]?.comm ?? '').replace(/^(kworker\/.*|fsync-task)$/, 'writer');
  return cycles[0]!.edges
    .map(
      ({ waiter, resource, blocker, evidence }: Edge): Party => [
        name(waiter),
        resource.kind,
        name(blocker),
        evidence,
      ],
    )
    .sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
