import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { createProgram } from '../../src/cli/main.ts';
import { listCommands } from '../../src/cli/shared/command-tree.ts';
import { packageRoot } from '../../src/package-root.ts';
import { findCodeBlocks } from './cli/guide/code-blocks.ts';
import { parseCall } from './cli/shared/parse-call.ts';
import { splitCalls } from './cli/shared/split-words.ts';

const root = packageRoot();
const paths = globSync(['*.md', '{src,analysis,bpf-scripts,vm,test}/**/*.md'], { cwd: root }).sort();
const commands = listCommands(await createProgram());

/** What of a document somebody would type: lines of blocks that begin with a call, without what is said of it behind. */
function findLines(text: string): string[] {
  const blocks = findCodeBlocks(text).filter(({ language }) => language === '' || language === 'sh');
  const indented = text.match(/(?<=\n\n)(?: {4}\S.*\n)+/g) ?? [];
  return [...blocks.map((block) => block.text), ...indented]
    .flatMap((block) => block.split('\n'))
    .map((line) =>
      line
        .trim()
        .replace(/^\$ /, '')
        .replace(/\s+#\s.*$|\s{2,}.*$/, '')
        .replaceAll('npx holdwait', 'holdwait'),
    )
    .filter((line) => /^(?:[\w ]+\| )?holdwait /.test(line));
}

/** Calls within a sentence: they may be cut short, and have words in capitals for what is to be put there. */
function findMentions(text: string): string[][] {
  const prose = text.replace(/^```.*?^```$/gms, '');
  return Array.from(prose.matchAll(/`(?:npx )?holdwait ([^`]+)`/g), ([, words]) =>
    words!.trim().split(/\s+/),
  );
}

describe('the documents', () => {
  it('are found', () => {
    assert.ok(paths.includes('README.md') && paths.includes('src/cli/guide/guide.md') && paths.length > 40);
  });

  for (const path of paths) {
    const text = readFileSync(join(root, path), 'utf8');

    it(`${path} links to files that are there`, () => {
      const targets = Array.from(
        text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g),
        ([, target]) => target!,
      );
      const missing = targets.filter((target) => !existsSync(join(root, dirname(path), target)));
      assert.deepEqual(missing, []);
    });

    for (const line of new Set(findLines(text))) {
      it(`${path}: \`${line}\` can be given`, async () => {
        for (const words of splitCalls(line)) {
          assert.equal(await parseCall(words), 'parsed');
        }
      });
    }

    it(`${path} names commands and options that there are`, () => {
      for (const words of findMentions(text)) {
        const { path: found, command } = commands
          .filter(({ path: placed }) => placed.every((word, i) => words[i] === word))
          .at(-1)!;
        const call = `holdwait ${words.join(' ')}`;
        assert.ok(found.length > 0 || /^[A-Z-]/.test(words[0]!), call);
        assert.ok(command.commands.length === 0 || words.length === found.length || found.length === 0, call);
        const known = command.options.map(({ long }) => long);
        const unknown = words
          .filter((word) => word.startsWith('--') && word !== '--')
          .map((word) => word.split('=')[0]!);
        assert.deepEqual(
          unknown.filter((word) => found.length > 0 && word !== '--help' && !known.includes(word)),
          [],
          call,
        );
      }
    });
  }
});
