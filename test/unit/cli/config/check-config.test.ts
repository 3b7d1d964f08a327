import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkConfig } from '../../../../src/cli/config/check-config.ts';
import { parseConfig } from '../../../../src/cli/config/config-file.ts';
import { configKey, takesValue } from '../../../../src/cli/config/config-value.ts';
import { isConfigurable, REFUSED_KEYS } from '../../../../src/cli/config/refused-keys.ts';
import { renderTemplate } from '../../../../src/cli/config/template.ts';
import { createProgram } from '../../../../src/cli/main.ts';
import { listLeaves } from '../../../../src/cli/shared/command-tree.ts';
import { HoldwaitError } from '../../../../src/trace/index.ts';

const program = await createProgram();
const PATH = '/home/somebody/.config/holdwait/config.toml';

function check(text: string) {
  return checkConfig(parseConfig(text, PATH), program);
}

/** What an option of a command is set to. */
function settingOf(text: string, command: string, key: string): unknown {
  const { settings, problems } = check(text);
  assert.deepEqual(problems, []);
  return settings.find(({ path, option }) => path.join(' ') === command && configKey(option) === key)?.value;
}

describe('a configuration', () => {
  it('sets an option of every command that has it, as its own parser reads it', () => {
    const { settings, problems } = check('hang-threshold = "5s"');
    assert.deepEqual(problems, []);
    const commands = settings.map(({ path }) => path.join(' '));
    for (const command of ['watch', 'snapshot', 'analyze', 'show']) {
      assert.ok(commands.includes(command), command);
    }
    assert.ok(!commands.includes('doctor'));
    assert.ok(settings.every(({ value }) => value === 5e9));
  });

  it('lets the table of a command beat the top, also with what is the default', () => {
    const text = 'full-stacks = true\nwidth = 90\n[show]\nwidth = 70\nfull-stacks = false';
    assert.equal(settingOf(text, 'show', 'width'), 70);
    assert.equal(settingOf(text, 'show', 'full-stacks'), undefined);
    assert.equal(settingOf(text, 'analyze', 'width'), 90);
    assert.equal(settingOf(text, 'analyze', 'full-stacks'), true);
  });

  it('takes lists where an option may be repeated, switches that are on unless given, numbers', () => {
    assert.deepEqual(settingOf('[capture]\nscripts = ["default", "lock-order"]', 'capture', 'scripts'), [
      'default',
      'lock-order',
    ]);
    assert.deepEqual(settingOf('[lab.up]\ndisk = ["256M", "1G,1M"]', 'lab up', 'disk'), [
      { sizeMib: 256 },
      { sizeMib: 1024, writeBytesPerSecond: 2 ** 20 },
    ]);
    assert.equal(settingOf('[snapshot]\nno-bpftrace = true', 'snapshot', 'no-bpftrace'), false);
    assert.equal(settingOf('[simulate]\nseed = 7', 'simulate', 'seed'), 7);
  });

  it('names files from its own folder, or from home', () => {
    assert.equal(settingOf('signatures = "~/sigs"', 'analyze', 'signatures'), join(homedir(), 'sigs'));
    assert.equal(
      settingOf('signatures = "sigs"', 'analyze', 'signatures'),
      '/home/somebody/.config/holdwait/sigs',
    );
    assert.equal(settingOf('signatures = "/etc/sigs"', 'analyze', 'signatures'), '/etc/sigs');
  });

  it('names targets', () => {
    assert.deepEqual(
      [...check('[targets]\ndb = "root@db1:2222"\nbig.db = "x"\n"a-1" = "lab:second"').targets],
      [
        ['db', 'root@db1:2222'],
        ['a-1', 'lab:second'],
      ],
    );
  });

  const mistakes: readonly (readonly [text: string, line: number, said: RegExp])[] = [
    ['\nhang-treshold = "5s"', 2, /no command has the option --hang-treshold; did you mean hang-threshold/],
    ['bogus = 1', 1, /no command has the option --bogus; `holdwait --help`/],
    ['scenario-that-is-unknown = 1', 1, /no command has the option/],
    ['hang-threshold = 5', 1, /cannot be 5 .*number and a unit/],
    ['width = true', 1, /cannot be true .*text in quotes, or a number/],
    ['width = [80, 90]', 1, /cannot be \[80,90\] .*one value, and no list/],
    ['width = 2024-01-01', 1, /width cannot be .*text in quotes/],
    ['full-stacks = "yes"', 1, /switch: true or false/],
    ['keep = "10m"', 1, /for `repro`: It is a switch/],
    ['[repro]\nkernel = "2.4"', 2, /Allowed choices are/],
    ['[captur]\nthreshold = "0"', 1, /\[captur\] is no command.*did you mean \[capture\]/],
    ['[lab.upp]\n', 1, /did you mean \[lab\.up\]/],
    ['[guide]\n', 1, /\[guide\] is no command that can be configured/],
    ['[lab]\nkernel = "6.12"', 2, /`lab` has no option --kernel; did you mean it for \[lab\.build\]/],
    ['[capture]\nwidht = 1', 2, /`capture` has no option --widht; `holdwait capture --help`/],
    ['output = "x"', 1, /output cannot be set here: .*give --output with the command/],
    ['[lab.rm]\nyes = true', 2, /yes cannot be set here/],
    ['[targets]\nlocal = "x"', 2, /local in \[targets\]: .*other than local and lab/],
    ['[targets]\n"a b" = "x"', 2, /a b in \[targets\]/],
    ['[targets]\ndb = 5', 2, /text in quotes is needed; a target is named so/],
    ['[targets]\ndb = "root@"', 2, /there is no host/],
    ['[targets.db]\nhost = "x"', 2, /db\.host in \[targets\]: it is a table/],
  ];
  for (const [text, line, said] of mistakes) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      const { problems } = check(text);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.match(`${problems[0]!.message}; ${problems[0]!.advice}`, said);
      assert.equal(problems[0]!.line, line);
    });
  }

  for (const text of [
    'width = ',
    'width 80',
    '[capture',
    'a = 1\na = 2',
    '__proto__ = 1',
    'constructor = 1',
  ]) {
    it(`is not read where it is no TOML: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => check(text),
        (error: HoldwaitError) =>
          error instanceof HoldwaitError &&
          error.code === 'CONFIG_INVALID' &&
          /^\/home\/somebody\/\S+config\.toml:\d+: /.test(error.message),
      );
    });
  }

  it('keeps what is right beside what is wrong', () => {
    const { settings, problems } = check('width = "wide"\n[analyze]\ntop = 3');
    assert.equal(problems.length, 1);
    assert.deepEqual(
      settings.map(({ path, value }) => [path.join(' '), value]),
      [['analyze', 3]],
    );
  });

  it('is refused only options that exist', () => {
    const keys = new Set(listLeaves(program).flatMap(({ command }) => command.options.map(configKey)));
    assert.deepEqual(
      [...REFUSED_KEYS.keys()].filter((key) => !keys.has(key)),
      [],
    );
  });
});

describe('the template', () => {
  const template = renderTemplate(program);

  it('names every option that can be set', () => {
    for (const { path, command } of listLeaves(program)) {
      const keys = isConfigurable(path) ? command.options.map(configKey) : [];
      for (const key of keys.filter((key) => !REFUSED_KEYS.has(key))) {
        assert.match(template, new RegExp(`^# ${key} =`, 'm'), [...path, key].join(' '));
      }
    }
  });

  it('sets nothing as it is', () => {
    assert.deepEqual(check(template), { settings: [], targets: new Map(), problems: [] });
  });

  it('gives defaults that can be set', () => {
    const { problems, settings } = check(template.replace(/^# ([a-z-]+ = .+)$/gm, '$1'));
    assert.deepEqual(problems, []);
    assert.ok(settings.length > 50);
    for (const { option, value } of settings.filter(({ option }) => option.defaultValue !== undefined)) {
      // A switch that is off is as if it had not been given.
      assert.deepEqual(value, takesValue(option) ? option.defaultValue : undefined, option.flags);
    }
  });
});
