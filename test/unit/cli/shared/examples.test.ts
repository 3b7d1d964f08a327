import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { createProgram } from '../../../../src/cli/main.ts';
import { listCommands } from '../../../../src/cli/shared/command-tree.ts';
import { addExamples, examplesOf } from '../../../../src/cli/shared/examples.ts';
import { parseCall } from './parse-call.ts';
import { splitCalls } from './split-words.ts';

const program = await createProgram();

describe('the examples of every command', () => {
  for (const { path, command } of listCommands(program)) {
    it(`${['holdwait', ...path].join(' ')} has some, and they call it`, () => {
      const calls = examplesOf(command).flatMap(([line]) => splitCalls(line));
      assert.ok(calls.some((words) => path.every((word, i) => words[i] === word)));
    });
    for (const [line, what] of examplesOf(command)) {
      it(`\`${line}\` can be given, and is explained`, async () => {
        const calls = splitCalls(line);
        assert.ok(calls.length > 0 && what !== '');
        for (const words of calls) {
          assert.deepEqual(await parseCall(words), 'parsed');
        }
      });
    }
  }

  it('are refused here if an option, a command or an argument of theirs is gone', async () => {
    for (const line of [
      'holdwait capture db1 --no-such',
      'holdwait no-such',
      'holdwait doctor',
      'holdwait show a',
      'holdwait lab no-such',
      'holdwait repro x --kernel 2.4',
    ]) {
      await assert.rejects(parseCall(splitCalls(line)[0]!), { name: 'CommanderError' }, line);
    }
  });
});

describe('addExamples', () => {
  const render = (width: number): string[] => {
    const command = new Command('x').configureOutput({ getOutHelpWidth: () => width });
    let text = '';
    command.configureOutput({
      writeOut: (more) => {
        text += more;
      },
    });
    addExamples(command, [
      ['holdwait x', 'a short one'],
      ['holdwait x --longer', 'another, whose explanation takes more room than there is on a line'],
      [`holdwait x --${'long'.repeat(20)}`, 'a very long one'],
    ]);
    command.outputHelp();
    return text.slice(text.indexOf('Examples:')).trimEnd().split('\n');
  };

  it('aligns what they do, wraps it, and breaks no line that is to be copied', () => {
    assert.deepEqual(render(60), [
      'Examples:',
      '  $ holdwait x           a short one',
      '  $ holdwait x --longer  another, whose explanation takes',
      '                         more room than there is on a line',
      `  $ holdwait x --${'long'.repeat(20)}`,
      '        a very long one',
    ]);
  });

  it('puts them below where the terminal is narrow', () => {
    assert.deepEqual(render(30).slice(0, 4), [
      'Examples:',
      '  $ holdwait x  a short one',
      '  $ holdwait x --longer',
      '        another, whose',
    ]);
  });
});
