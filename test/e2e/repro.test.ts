import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { listLabStates } from '../../src/lab/lab-state.ts';
import { loadCapture } from '../../src/store/index.ts';
import { type CliProcess, startCli } from './cli-process.ts';

const SCENARIO = 'ext4-fault-writeback';
/** Long enough for an image built from nothing. */
const TIMEOUT_MS = 900_000;

interface Edge {
  readonly waiter: number;
  readonly blocker: number;
  readonly resource: { readonly kind: string };
  readonly evidence: string;
  readonly hard: boolean;
  readonly sinceNs: number;
}

describe('repro', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-repro-'));
  const hung = join(folder, 'hung.sqlite');
  after(() => rmSync(folder, { recursive: true, force: true }));

  const repro = (t: TestContext, ...args: string[]): CliProcess =>
    startCli(['repro', ...args], (work) => t.after(work));

  it('makes the hang happen and names it, and the kernel agrees', async (t) => {
    const running = repro(t, SCENARIO, '--json', '-o', hung);
    const { status, stdout, stderr } = await running.done;
    assert.equal(status, 0, stderr);
    const result = JSON.parse(stdout);
    assert.equal(result.scenario, SCENARIO);
    assert.equal(result.control, false);
    assert.equal(result.result, 'hung');
    assert.equal(result.capture, hung);
    for (const phase of ['boot', 'arm', 'hang', 'verdict']) {
      assert.ok(result.timesMs[phase] > 0, phase);
    }
    assertNamed(result.analysis);
    const { tasks } = result.analysis.cycles[0];
    assert.deepEqual(
      result.agreement.map(({ tid }: { tid: number }) => tid).sort((a: number, b: number) => a - b),
      tasks,
    );
    for (const { tid, inHungTaskReport, stackAgrees } of result.agreement) {
      assert.deepEqual({ inHungTaskReport, stackAgrees }, { inHungTaskReport: true, stackAgrees: true }, tid);
    }
    assert.ok(!leftRunning(running), 'the guest is gone');
  });

  it('leaves a capture that explains itself again, with the kernel evidence in it', async (t) => {
    assert.ok(existsSync(hung), 'needs the capture of the test before');
    const { status, stdout } = await startCli(['analyze', hung, '--json'], (work) => t.after(work)).done;
    assert.equal(status, 1);
    assertNamed(JSON.parse(stdout));
    const { attachments, info } = await loadCapture(hung);
    assert.equal(info.endReason, 'scenario over');
    const names = attachments.map(({ name }) => name);
    assert.equal(names.filter((name) => /^\/proc\/\d+\/stack$/.test(name)).length, 2);
    const kernelLog = attachments.find(({ name }) => name === 'dmesg');
    assert.match(kernelLog?.text ?? '', /INFO: task .* blocked for more than/);
    const text = await startCli(['analyze', hung], (work) => t.after(work)).done;
    assert.match(text.stdout, /^DEADLOCK/);
    assert.match(text.stdout, new RegExp(SCENARIO));
  });

  it('with the fix in place comes out clean', async (t) => {
    const output = join(folder, 'control.sqlite');
    const { status, stdout, stderr } = await repro(t, SCENARIO, '--control', '--json', '-o', output).done;
    assert.equal(status, 0, stderr);
    const { result, control, analysis, agreement } = JSON.parse(stdout);
    assert.deepEqual({ result, control, agreement }, { result: 'clean', control: true, agreement: [] });
    assert.equal(analysis.verdict, 'none');
    assert.deepEqual(analysis.cycles, []);
    // No wait may have passed the threshold, but the tracer was there to see one.
    assert.ok(analysis.capture.endNs > 0);
    assert.equal(analysis.loss.total, 0);
  });

  it('lists the scenarios, plans a run, and refuses an unknown one', async (t) => {
    const list = await repro(t, '--list').done;
    assert.equal(list.status, 0);
    assert.match(list.stdout, new RegExp(`^${SCENARIO} `, 'm'));
    const data = await repro(t, '--list', '--json').done;
    assert.ok(JSON.parse(data.stdout).some(({ id }: { id: string }) => id === SCENARIO));
    const plan = await repro(t, SCENARIO, '--dry-run', '-o', join(folder, 'plan.sqlite')).done;
    assert.equal(plan.status, 0);
    assert.match(plan.stdout, /^1\. boot a guest/);
    assert.ok(!existsSync(join(folder, 'plan.sqlite')));
    const unknown = await repro(t, 'no-such-hang').done;
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, new RegExp(`no-such-hang[^]*\nhint: .*${SCENARIO}`));
    const missing = await repro(t).done;
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /hint: /);
  });
});

function leftRunning({ pid }: CliProcess): boolean {
  return listLabStates().some(({ name }) => name === `repro-${pid}`);
}

function assertNamed(analysis: {
  readonly verdict: string;
  readonly cycles: readonly { readonly tasks: readonly number[]; readonly edges: readonly Edge[] }[];
}): void {
  assert.equal(analysis.verdict, 'deadlock');
  assert.equal(analysis.cycles.length, 1);
  const { tasks, edges, matches } = analysis.cycles[0] as (typeof analysis.cycles)[0] & {
    readonly matches: readonly { readonly id: string }[];
  };
  assert.equal(tasks.length, 2);
  assert.deepEqual(
    edges.map(({ waiter, blocker }) => [waiter, blocker]),
    [
      [tasks[0], tasks[1]],
      [tasks[1], tasks[0]],
    ],
  );
  assert.deepEqual(edges.map(({ resource }) => resource.kind).sort(), ['folio_lock', 'folio_writeback']);
  for (const { evidence, hard, sinceNs } of edges) {
    assert.deepEqual({ evidence, hard }, { evidence: 'traced', hard: true });
    assert.ok(sinceNs > 0);
  }
  assert.equal(matches[0]?.id, SCENARIO);
}
