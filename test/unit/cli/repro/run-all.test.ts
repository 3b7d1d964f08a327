import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReproOutcome } from '../../../../src/cli/repro/result.ts';
import { runAll } from '../../../../src/cli/repro/run-all.ts';
import { decodeScenario, type Scenario } from '../../../../src/lab/scenario.ts';
import { HoldwaitError } from '../../../../src/trace/index.ts';

function scenario(id: string): Scenario {
  const least = { id, title: id, signature: 's', driver: ['x'], control: ['x'], timeoutSeconds: 5 };
  return decodeScenario(JSON.stringify(least), id, 'p');
}

const SCENARIOS = ['a', 'b', 'c'].map(scenario);
const basis = { kernel: '6.1', control: false, attempts: 1, timesMs: {}, agreement: [], expected: true };

function setUp(run: (id: string) => Promise<ReproOutcome>) {
  const seen: ReproOutcome[] = [];
  const said: string[] = [];
  const controller = new AbortController();
  const options = {
    kernel: '6.1',
    way: 'hang' as const,
    signal: controller.signal,
    progress: {
      step: (text: string) => said.push(text),
      detail: () => {},
      note: (text: string) => said.push(text),
      verbose: () => {},
      end: () => {},
    },
    run: async ({ id }: Scenario, progress: { step(text: string): void }) => {
      progress.step('booting');
      return run(id);
    },
    onOutcome: (outcome: ReproOutcome) => void seen.push(outcome),
  };
  return { seen, said, controller, options };
}

describe('runAll', () => {
  it('runs one after the other and tells of each as it ends', async () => {
    let running = 0;
    const { seen, said, options } = setUp(async (id) => {
      assert.equal(++running, 1);
      await new Promise(setImmediate);
      running--;
      return { ...basis, scenario: id, result: 'hung' };
    });
    await runAll(SCENARIOS, options);
    assert.deepEqual(
      seen.map((outcome) => outcome.scenario),
      ['a', 'b', 'c'],
    );
    assert.deepEqual(said, ['[1/3] a: booting', '[2/3] b: booting', '[3/3] c: booting']);
  });

  it('takes a failed lab for the outcome of its scenario and goes on', async () => {
    const { seen, options } = setUp(async (id) => {
      if (id === 'b') {
        throw new HoldwaitError('target', 'LAB_BOOT_FAILED', 'the guest did not boot', { hint: 'x' });
      }
      return { ...basis, scenario: id, result: 'hung' };
    });
    await runAll(SCENARIOS, options);
    assert.deepEqual(
      seen.map(({ scenario: id, result, expected }) => [id, result, expected]),
      [
        ['a', 'hung', true],
        ['b', 'failed', false],
        ['c', 'hung', true],
      ],
    );
    assert.equal(seen[1]?.reason, 'the guest did not boot');
  });

  it('ends at once for what the others would fail of as well', async () => {
    for (const mistake of [
      new HoldwaitError('usage', 'SCRIPT_UNKNOWN', 'no script', { hint: 'x' }),
      new HoldwaitError('input', 'SCENARIO_INVALID', 'x', { hint: 'x' }),
      new TypeError('a fault of holdwait'),
    ]) {
      const { seen, options } = setUp(() => Promise.reject(mistake));
      await assert.rejects(runAll(SCENARIOS, options), mistake);
      assert.deepEqual(seen, []);
    }
  });

  it('is over when interrupted, whatever the running one makes of it', async () => {
    for (const react of [
      () => Promise.reject(new HoldwaitError('target', 'CANCELLED', 'cancelled', { hint: undefined })),
      async (): Promise<ReproOutcome> => ({ ...basis, scenario: 'b', result: 'hung' }),
    ]) {
      const { seen, controller, options } = setUp(async (id) => {
        if (id === 'a') {
          return { ...basis, scenario: id, result: 'hung' };
        }
        controller.abort();
        return react();
      });
      await assert.rejects(runAll(SCENARIOS, options));
      assert.deepEqual(
        seen.map((outcome) => outcome.scenario),
        ['a'],
      );
    }
  });
});
