import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createCommandRunner, type LaunchedProcess } from '../../../src/target/command-runner.ts';
import type { CommandEnd } from '../../../src/target/target.ts';

/** A process that no signal ends, as one stuck in the kernel: the one thing that cannot be made on purpose here. */
function launchStuck(): LaunchedProcess {
  const { promise: ended, resolve } = Promise.withResolvers<CommandEnd>();
  return {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    ended,
    abandon: (lost) => resolve({ status: undefined, lost }),
  };
}

test('a command that not even SIGKILL ends is let go after an abort', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stuck = launchStuck();
  const runner = createCommandRunner({ name: 'n', launch: async () => stuck });
  const controller = new AbortController();
  const command = await runner.start('x', { signal: controller.signal });
  controller.abort();
  assert.equal(stuck.stdin.writableEnded, false, 'interrupted first');
  t.mock.timers.tick(5_000);
  assert.equal(stuck.stdin.writableEnded, true, 'then the lead is let go');
  t.mock.timers.tick(8_000);
  assert.match((await command.done).lost ?? '', /stuck in the kernel/);
});
