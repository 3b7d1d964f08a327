import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listScenarios, loadScenario } from '../../../src/lab/scenario.ts';
import { runCli } from './run-cli.ts';

describe('holdwait repro', () => {
  it('plans every scenario with the scripts that it names', async () => {
    const { status, stdout } = await runCli(['repro', '--all', '--dry-run', '-o', 'some/folder']);
    assert.equal(status, 0);
    for (const id of listScenarios()) {
      const { scripts, driver } = loadScenario(id);
      const plan = stdout.split('\n\n').find((text) => text.startsWith(`${id}\n`)) ?? '';
      assert.match(plan, /^\d+\. boot a guest with kernel 6\.1, /m);
      assert.ok(plan.includes(`. attach the scripts ${scripts.join(', ')}\n`), plan);
      assert.ok(plan.includes(`. run ${driver.join(' ')}\n`), plan);
      assert.ok(plan.includes(`. write some/folder/${id}-6.1.sqlite\n`), plan);
    }
  });

  it('takes other scripts where they are given, and the control', async () => {
    const id = 'ext4-fault-writeback';
    const args = ['repro', id, '--dry-run', '--control', '--kernel', '5.10', '--scripts', 'reclaim'];
    const { stdout } = await runCli(args);
    assert.match(stdout, /attach the scripts reclaim$/m);
    assert.match(stdout, /run ext4-fault-writeback --control /);
    assert.doesNotMatch(stdout, /load the module/);
    assert.match(stdout, /write ext4-fault-writeback-5\.10-control\.sqlite/);
  });

  it('plans a run without its hang, with the script that tells orders', async () => {
    const { stdout } = await runCli(['repro', '--all', '--dry-run', '--potential']);
    const [id, ...others] = listScenarios().filter((name) => loadScenario(name).potential !== undefined);
    assert.deepEqual(others, []);
    assert.equal(stdout.split('\n')[0], id);
    assert.match(stdout, /load the module unfix_finish_fault$/m);
    assert.match(stdout, /attach the scripts default, lock-order$/m);
    assert.match(stdout, /run ext4-fault-writeback --no-limit /);
    assert.match(stdout, /write ext4-fault-writeback-6\.1-potential\.sqlite/);
  });

  it('lists what each needs, for a person and for a program', async () => {
    const text = await runCli(['repro', '--list']);
    assert.equal(text.status, 0);
    const { stdout } = await runCli(['repro', '--list', '--json']);
    const listed = JSON.parse(stdout) as { id: string; notAffected: unknown[]; needs: string[] }[];
    for (const { id, notAffected, needs } of listed) {
      assert.match(text.stdout, new RegExp(`^${id} `, 'm'));
      assert.ok(Array.isArray(notAffected) && Array.isArray(needs));
    }
    assert.deepEqual(
      listed.map(({ id }) => id),
      listScenarios(),
    );
  });

  const mistakes: readonly [args: readonly string[], said: RegExp][] = [
    [['no-such-hang'], /there is no scenario "no-such-hang"\nhint: Choose from: /],
    [[], /which scenario\?\nhint: .*--all/],
    [['ext4-fault-writeback', '--all'], /a scenario or --all, not both\nhint: /],
    [['ext4-fault-writeback', '--control', '--potential'], /in place or undone, not both\nhint: /],
    [['memcg-irq-nesting', '--potential'], /memcg-irq-nesting cannot be run without its hang\nhint: /],
    [['--all', '--keep'], /--keep would leave up .*\nhint: /],
    [['--all', '--quiet', '-o', process.execPath], / is a file\nhint: /],
    [['ext4-fault-writeback', '--quiet', '--scripts', 'no-such'], /no bundled script "no-such"\nhint: /],
  ];
  for (const [args, said] of mistakes) {
    it(`ends with 2 for ${args.join(' ')}, before anything is started`, async () => {
      const { status, stdout, stderr } = await runCli(['repro', ...args]);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, said);
    });
  }
});
