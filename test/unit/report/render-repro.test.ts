import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_COLOURS } from '../../../src/report/palette.ts';
import { renderReproHead, renderReproTail } from '../../../src/report/render-repro.ts';
import { type ReproSummary, renderReproSummary } from '../../../src/report/render-repro-summary.ts';
import { nameRange, renderScenarios } from '../../../src/report/render-scenarios.ts';
import { EMPTY, FAULT_DEADLOCK } from './sample-analyses.ts';

const STYLE = { width: 110, palette: NO_COLOURS, fullStacks: false };

const HUNG: ReproSummary = {
  scenario: 'ext4-fault-writeback',
  kernel: '6.1.0-56-amd64',
  kernelVersion: '6.1.192',
  control: false,
  result: 'hung',
  capture: 'a.sqlite',
  attempts: 1,
  timesMs: { boot: 9700, arm: 21_000, hang: 1990, verdict: 5410 },
  agreement: [
    { tid: 9, inHungTaskReport: true, inStallReport: false, stackAgrees: true },
    { tid: 10, inHungTaskReport: false, inStallReport: true, stackAgrees: undefined },
    { tid: 11, inHungTaskReport: false, inStallReport: false, stackAgrees: false },
  ],
  analysis: FAULT_DEADLOCK,
  expected: true,
};
const CLEAN: ReproSummary = {
  ...HUNG,
  scenario: 'pcpu-alloc-reclaim',
  control: true,
  result: 'clean',
  timesMs: { hang: 800 },
  agreement: [],
  analysis: EMPTY,
};
const { analysis: _, ...BARE } = { ...HUNG, timesMs: {}, agreement: [] };
const NOT_AFFECTED: ReproSummary = {
  ...BARE,
  scenario: 'netfs-sb-writers-mmap',
  result: 'not-affected',
  kernel: '7.3.4+deb13-amd64',
  kernelVersion: '7.3.4',
  reason: 'fixed by\u001b[31m abc',
};
const FAILED: ReproSummary = {
  ...BARE,
  scenario: 'memcg-irq-nesting',
  result: 'failed',
  reason: 'the guest did not boot:\nKernel panic',
  kernel: '6.1',
  kernelVersion: undefined,
  expected: false,
};

describe('renderReproSummary', () => {
  const text = renderReproSummary([HUNG, CLEAN, NOT_AFFECTED, FAILED], STYLE);
  const cells = (id: string) =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${id} `))
      ?.split(/ {2,}/);

  it('has a row for each, with what was not reached left open', () => {
    assert.deepEqual(cells('ext4-fault-writeback'), [
      'ext4-fault-writeback',
      '6.1.192',
      'hung',
      'deadlock',
      '1.99 s',
      '5.41 s',
      'yes',
    ]);
    assert.deepEqual(cells('pcpu-alloc-reclaim')?.slice(2), ['clean', 'none', '800 ms', '-', 'yes']);
    assert.deepEqual(cells('netfs-sb-writers-mmap')?.slice(1), [
      '7.3.4',
      'not-affected',
      '-',
      '-',
      '-',
      'yes',
    ]);
    assert.deepEqual(cells('memcg-irq-nesting')?.slice(1), ['6.1', 'failed', '-', '-', '-', 'NO']);
  });

  it('says below who waits for whom and by which evidence, or why not', () => {
    const [cycle] = FAULT_DEADLOCK.cycles;
    assert.ok(text.includes(`\n  known as ${cycle!.matches[0]!.id}\n`));
    for (const { waiter, blocker } of cycle!.edges) {
      const [from, to] = [waiter, blocker!].map((tid) => FAULT_DEADLOCK.tasks[tid]!.name);
      const edge = text.split('\n').find((line) => line.startsWith(`  ${from} → `)) ?? '';
      assert.ok(edge.endsWith(`, held by ${to} (traced)`), edge);
    }
    assert.ok(text.includes('\nmemcg-irq-nesting\n  the guest did not boot:\n  Kernel panic\n'));
    assert.ok(!text.includes('\u001b'));
    assert.match(text, /\n4 scenarios: not as expected: memcg-irq-nesting$/);
    assert.match(renderReproSummary([HUNG], STYLE), /\n1 scenario: all as expected$/);
    assert.match(renderReproSummary([CLEAN], STYLE), /\n1 control: all as expected$/);
  });

  it('fits the width', () => {
    for (const width of [76, 80, 100, 120]) {
      const lines = renderReproSummary([HUNG, CLEAN, NOT_AFFECTED, FAILED], { ...STYLE, width }).split('\n');
      const least = Math.max(width, 8 * 8 + 7 * 2);
      assert.ok(
        lines.every((line) => line.length <= least),
        String(width),
      );
    }
  });
});

describe('renderReproHead and renderReproTail', () => {
  it('name the stable update where the release does not', () => {
    assert.match(renderReproHead(HUNG, STYLE), /on Linux 6\.1\.192 \(6\.1\.0-56-amd64\): hung/);
    assert.match(
      renderReproHead(NOT_AFFECTED, STYLE),
      /on Linux 7\.3\.4\+deb13-amd64: cannot happen .*: fixed by/,
    );
    assert.match(renderReproHead(FAILED, STYLE), /on Linux 6\.1: failed: the guest/);
  });

  it('do not make a failure of a task that the kernel does not report', () => {
    const [, first, second, third] = renderReproTail(HUNG).split('\n');
    assert.equal(first, '  t-9: named by hung_task, /proc/9/stack agrees with the chain');
    assert.equal(second, '  t-10: named in the report of a stalled CPU, /proc/10/stack could not be read');
    assert.equal(third, '  t-11: not named by hung_task, /proc/11/stack DISAGREES with the chain');
  });

  it('say what can be done with the capture', () => {
    assert.deepEqual(renderReproTail(CLEAN).split('\n'), [
      'Saved: a.sqlite',
      '  holdwait analyze a.sqlite  explains it again',
      '  holdwait open a.sqlite     shows it in the browser',
    ]);
  });
});

describe('renderScenarios', () => {
  const listed = {
    id: 'pcpu-alloc-reclaim',
    title: 'percpu',
    needs: ['memory-cgroup-v1'],
    notAffected: [
      { until: '6.1', reason: 'never takes it' },
      { from: '6.12', reason: 'fixed by abc' },
    ],
    lab: { cpus: 2, numaNodes: [{ memoryMib: 896 }, { memoryMib: 128 }] },
  };

  it('says which kernels are not affected, what is needed and what guest there is', () => {
    assert.deepEqual(renderScenarios([listed], STYLE).split('\n'), [
      'pcpu-alloc-reclaim        percpu',
      '  not affected   before 6.1: never takes it',
      '                 6.12 and later: fixed by abc',
      '  needs          version 1 memory cgroups',
      '  guest          NUMA nodes of 896 and 128 MiB, 2 CPUs',
    ]);
    const bare = {
      ...listed,
      needs: [],
      notAffected: [],
      lab: { memoryMib: 512, cpus: 1 },
      module: { name: 'm' },
    };
    assert.deepEqual(renderScenarios([bare], STYLE).split('\n').slice(1), [
      '  needs          the module m',
      '  guest          512 MiB, 1 CPU',
    ]);
  });

  it('names ranges by both ends', () => {
    assert.equal(nameRange({ from: '5.16', until: '6.1.100' }), '5.16 and later, before 6.1.100');
  });
});
