import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { analyzeTrace, parseSignature } from '../../../../analysis/index.ts';
import { guideTopics, readGuide } from '../../../../src/cli/guide/topics.ts';
import { importNdjson } from '../../../../src/import/index.ts';
import { packageRoot } from '../../../../src/package-root.ts';
import { runCli } from '../run-cli.ts';
import { findCodeBlocks } from './code-blocks.ts';

const root = packageRoot();
/** Of prose; a program's lines may be longer, and rows of tables and addresses cannot be broken. */
const LONGEST_LINE = 120;
/** They are printed with an indent of four. */
const LONGEST_COMMAND = 96;

describe('holdwait guide', () => {
  it('prints the short manual on one screen, with every topic and no other', async () => {
    const { status, stdout } = await runCli(['guide']);
    assert.equal(status, 0);
    const listed = Array.from(stdout.matchAll(/^ {2}`([\w-]+)` /gm), ([, topic]) => topic!);
    assert.deepEqual(listed.sort(), guideTopics());
    assert.ok(stdout.split('\n').length <= 40);
    const { text } = findCodeBlocks(readGuide('guide'))[0]!;
    assert.ok(text.split('\n').every((line) => line.length <= 76));
  });

  it('prints a topic for a terminal, or as it was written', async () => {
    const laidOut = await runCli(['guide', 'limits']);
    assert.match(laidOut.stdout, /^Limits\n======\n\nWhat a "NO DEADLOCK" does not mean/);
    const written = await runCli(['guide', 'limits', '--markdown']);
    assert.equal(written.stdout, readGuide('limits'));
  });

  it('says which topics there are to who asks for another', async () => {
    const { status, stderr } = await runCli(['guide', 'lockdep']);
    assert.equal(status, 2);
    assert.match(stderr, /compared, .*signatures/);
  });

  for (const topic of ['guide', ...guideTopics()]) {
    it(`${topic} has commands that fit a terminal, with what they do`, () => {
      const commands = findCodeBlocks(readGuide(topic)).flatMap(
        ({ text }) => text.match(/^holdwait .*$/gm) ?? [],
      );
      assert.deepEqual(
        commands.filter((line) => line.length > LONGEST_COMMAND),
        [],
      );
    });

    it(`${topic} has lines that can be read as they are`, () => {
      const prose = readGuide(topic).replace(/^```.*?^```$/gms, '');
      const long = prose.split('\n').filter((line) => line.length > LONGEST_LINE && !line.startsWith('|'));
      assert.deepEqual(long, []);
    });
  }
});

describe('what the guide shows', () => {
  const capture = join(root, 'test/golden/self-deadlock.ndjson');
  const blocks = (topic: string, language: string) =>
    findCodeBlocks(readGuide(topic)).filter((block) => block.language === language);
  const onlyBlock = (topic: string, language: string) => {
    const found = blocks(topic, language);
    assert.equal(found.length, 1);
    return found[0]!.text;
  };

  it('is a signature that matches the capture that it names', async () => {
    const text = onlyBlock('signatures', 'json');
    const signature = parseSignature(JSON.parse(text), 'signatures.md');
    const { cycles } = analyzeTrace(await importNdjson(capture), { signatures: [signature] });
    assert.deepEqual(
      cycles[0]!.matches.map(({ id, score }) => [id, score]),
      [['bad-module-init', 1]],
    );
  });

  it('is a mistake in a signature that is named in these words', () => {
    const text = onlyBlock('signatures', 'json');
    const wrong = JSON.parse(text.replace('"identifiedBy"', '"identifyedBy"'));
    assert.throws(
      () => parseSignature(wrong, 'wrong/x.json'),
      ({ message }: Error) => readGuide('signatures').includes(`holdwait: ${message}\n`),
    );
  });

  it('are events of a whole file', async () => {
    const { stdout } = await runCli(['analyze', '-'], onlyBlock('capture-format', 'ndjson'));
    const verdict = stdout.split('\n')[0]!;
    assert.match(verdict, /^DEADLOCK: alpha:7 and beta:8/);
    assert.ok(readGuide('capture-format').includes(verdict));
  });

  it('is what the golden reports say', () => {
    const report = readFileSync(join(root, 'test/golden/soft-ring.txt'), 'utf8');
    assert.ok(findCodeBlocks(readGuide('reading-a-chain')).some(({ text }) => report.startsWith(text)));
  });

  it('are parts of a bundled script', () => {
    const script = readFileSync(join(root, 'bpf-scripts/page-table-alloc.bt'), 'utf8');
    const parts = blocks('scripts', 'bpftrace');
    assert.equal(parts.length, 3);
    for (const { text, line } of parts) {
      assert.ok(script.includes(text), `line ${line}`);
    }
    assert.ok(readGuide('scripts').includes(`has ${script.trimEnd().split('\n').length} lines`));
  });
});
