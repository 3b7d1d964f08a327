import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { SIGNATURES } from '../../../analysis/signatures/index.ts';
import { loadScripts } from '../../../src/bpf/bundled.ts';
import { vmFolder } from '../../../src/lab/image.ts';
import { resolveLabOptions } from '../../../src/lab/lab-options.ts';
import { decodeScenario, listScenarios, loadScenario } from '../../../src/lab/scenario.ts';

const LEAST = {
  id: 'x',
  title: 'X',
  signature: 'sig',
  driver: ['x', 'a'],
  control: ['x', '--control'],
  timeoutSeconds: 5,
};

const decode = (more: object) => decodeScenario(JSON.stringify({ ...LEAST, ...more }), 'x', '/s/x.json');

describe('decodeScenario', () => {
  it('fills in what is left out', () => {
    assert.deepEqual(decode({}), {
      ...LEAST,
      verdict: 'deadlock',
      needs: [],
      notAffected: [],
      lab: {},
      scripts: ['default'],
      prepare: [],
    });
  });

  it('keeps everything that is given, and takes modules apart', () => {
    const given = {
      verdict: 'suspected',
      needs: ['memory-cgroup-v1'],
      notAffected: [
        { from: '5.16', until: '6.1.100', reason: 'a' },
        { until: '5.10', reason: 'b' },
      ],
      lab: {
        memoryMib: 1024,
        cpus: 2,
        numaNodes: [{ memoryMib: 896, cpus: '0-1' }, { memoryMib: 128 }],
        kernelArgs: ['isolcpus=domain,managed_irq,1', 'irqaffinity=0'],
        disks: [{ sizeMib: 256, writeBytesPerSecond: 1000 }],
      },
      scripts: ['mutex', 'default'],
      prepare: ['true'],
      potential: ['x', '--no-limit'],
    };
    assert.deepEqual(decode({ ...given, module: 'un_fix', controlModule: 'un_fix fixed=1 cpu=1' }), {
      ...LEAST,
      ...given,
      module: { name: 'un_fix', parameters: [] },
      controlModule: { name: 'un_fix', parameters: ['fixed=1', 'cpu=1'] },
    });
  });

  const mistakes: readonly [object, RegExp][] = [
    [{ id: 'y' }, /"id" must be "x"/],
    [{ title: undefined }, /"title" is missing/],
    [{ title: '' }, /"title" must be a text/],
    [{ signature: 5 }, /"signature" must be a text/],
    [{ verdict: 'hang' }, /"verdict" must be one of deadlock, suspected/],
    [{ needs: ['btrfs'] }, /"needs\[0\]" must be one of memory-cgroup-v1/],
    [{ notAffected: [{ from: '6.12' }] }, /"notAffected\[0\]\.reason" is missing/],
    [{ notAffected: [{ reason: 'a' }] }, /"notAffected\[0\]" must name "from" or "until"/],
    [{ notAffected: [{ from: 6.12, reason: 'a' }] }, /"notAffected\[0\]\.from" must be a version/],
    [{ notAffected: [{ until: '6.12-rc1', reason: 'a' }] }, /"notAffected\[0\]\.until" must be a version/],
    [{ notAffected: [null] }, /"notAffected\[0\]" must be an object/],
    [{ lab: [] }, /"lab" must be an object/],
    [{ lab: { memory: 5 } }, /"lab\.memory" is no field of it/],
    [{ lab: { cpus: 0 } }, /"lab\.cpus" must be a whole number/],
    [{ lab: { numaNodes: [{ cpus: '0' }] } }, /"lab\.numaNodes\[0\]\.memoryMib" is missing/],
    [{ lab: { numaNodes: [{ memoryMib: 1, cpus: 'all' }] } }, /"lab\.numaNodes\[0\]\.cpus" must be/],
    [{ lab: { kernelArgs: ['a b'] } }, /"lab\.kernelArgs\[0\]" must be one word/],
    [{ lab: { disks: [{ sizeMib: 1.5 }] } }, /"lab\.disks\[0\]\.sizeMib" must be a whole number/],
    [{ scripts: [] }, /"scripts" must have 1 or more/],
    [{ scripts: 'mutex' }, /"scripts" must be a list/],
    [{ module: 'a.ko; reboot' }, /"module" must be the name of a module/],
    [{ controlModule: 'a b' }, /"controlModule" must be the name of a module/],
    [{ prepare: [''] }, /"prepare\[0\]" must be a text/],
    [{ driver: [] }, /"driver" must have 1 or more/],
    [{ control: undefined }, /"control" is missing/],
    [{ timeoutSeconds: '90' }, /"timeoutSeconds" must be a whole number/],
    [{ notAfected: [] }, /"notAfected" is no field/],
    [{ constructor: 'x' }, /"constructor" is no field/],
  ];
  for (const [change, said] of mistakes) {
    it(`refuses ${JSON.stringify(change)}`, () => {
      assert.throws(
        () => decode(change),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'SCENARIO_INVALID');
          assert.match(error.message, /^\/s\/x\.json: /);
          assert.match(error.message, said);
          return true;
        },
      );
    });
  }

  it('refuses what is no object and no JSON', () => {
    for (const text of ['[]', 'null', '5', '{']) {
      assert.throws(() => decodeScenario(text, 'x', 'p'), { code: 'SCENARIO_INVALID' }, text);
    }
  });
});

describe('scenarios in a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-scenarios-'));
  after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'x'));
  mkdirSync(join(folder, 'not-yet'));
  writeFileSync(join(folder, 'x', 'scenario.json'), JSON.stringify(LEAST));

  it('are those with a scenario.json', () => {
    assert.deepEqual(listScenarios(folder), ['x']);
    assert.equal(loadScenario('x', folder).title, 'X');
  });

  it('are named where an unknown one is asked for', () => {
    assert.throws(() => loadScenario('../x', folder), {
      code: 'SCENARIO_UNKNOWN',
      category: 'usage',
      hint: /Choose from: x;/,
    });
  });
});

describe('the scenarios of this package', () => {
  for (const id of listScenarios()) {
    it(`${id} names a guest, scripts, modules, a program and a signature that there are`, () => {
      const scenario = loadScenario(id);
      assert.doesNotThrow(() => resolveLabOptions(scenario.lab));
      assert.ok(loadScripts(scenario.scripts).length > 1);
      assert.ok(
        SIGNATURES.some(({ id: name }) => name === scenario.signature),
        scenario.signature,
      );
      for (const module of [scenario.module, scenario.controlModule]) {
        const folder = join(vmFolder(), 'modules', module?.name.replaceAll('_', '-') ?? '');
        assert.ok(existsSync(folder), folder);
      }
      for (const words of [scenario.driver, scenario.control, scenario.potential ?? scenario.control]) {
        const sources = readdirSync(join(vmFolder(), 'scenarios', words[0]!));
        assert.ok(sources.some((name) => name.endsWith('.c')));
      }
    });
  }
});
