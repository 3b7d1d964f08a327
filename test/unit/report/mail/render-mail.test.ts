import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Analysis, analyzeTrace, SIGNATURES } from '../../../../analysis/index.ts';
import { importKernelLog } from '../../../../src/import/index.ts';
import { renderMail } from '../../../../src/report/mail/render-mail.ts';
import { citeSource } from '../../../../src/report/wording.ts';
import type { Trace } from '../../../../src/trace/index.ts';
import { compareGolden } from '../../compare-golden.ts';
import { analyzeGolden, DOCUMENTED, GOLDEN } from '../../golden-captures.ts';
import { hostileSignatures, hostileTrace } from '../html/hostile-trace.ts';
import { EMPTY, sampleChain, sampleEdge } from '../sample-analyses.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdwait-mail-'));
after(() => rmSync(folder, { recursive: true }));

function mail(analysis: Analysis): string {
  return renderMail(analysis, { signatures: SIGNATURES, version: '1.2.3' });
}

async function readMail(text: string): Promise<Trace> {
  const path = join(folder, 'mail.txt');
  writeFileSync(path, text);
  return importKernelLog(path);
}

describe('a mail', () => {
  // A deadlock, a suspected one, a hang, a potential deadlock, nothing.
  for (const name of [
    'ext4-fault-writeback',
    'netfs-sb-writers-mmap',
    'chain-to-io',
    'ext4-fault-writeback-orders',
    'nothing-waits',
  ]) {
    it(`about ${name} is as decided`, async () => {
      compareGolden(`${name}.mail`, mail(await analyzeGolden(name)));
    });
  }

  for (const name of GOLDEN) {
    it(`about ${name} has a subject, no long line, no colour and no tab`, async () => {
      const text = mail(await analyzeGolden(name));
      const [subject, rest] = splitHead(text);
      assert.match(subject, /^Subject: \[(BUG|REPORT)\] [^\n]+(\n [^\n]+)*$/);
      for (const line of rest.split('\n')) {
        const isWhole = /^ {1,2}\S+( \[\w+\])?$|^task:/.test(line);
        assert.ok(isWhole || [...line].length <= 75, line);
        assert.equal(line, line.trimEnd());
      }
      assert.doesNotMatch(text, /[\t\r\x1b\x07]/);
    });
  }

  it('shows no text of a capture but in its place', () => {
    const analysis = analyzeTrace(hostileTrace(), { signatures: hostileSignatures() });
    const text = mail(analysis);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.doesNotMatch(text, /^DEADLOCK: none/m);
    assert.equal(text.match(/^task:/gm)!.length, analysis.cycles.slice(0, 3).length * 2);
  });

  for (const name of DOCUMENTED) {
    it(`about ${name} is plain ASCII and names its source, its fix and its reproducer`, async () => {
      const analysis = await analyzeGolden(name);
      const text = mail(analysis);
      assert.match(text, /^[\x20-\x7e\n]*$/);
      const words = (part: string) => part.replace(/\s+/g, ' ');
      const match = analysis.cycles[0]!.matches[0]!;
      for (const part of [...match.sources.map(citeSource), match.fix!, `holdwait repro ${name}`]) {
        assert.ok(words(text).includes(words(part)), part);
      }
    });
  }

  for (const name of DOCUMENTED.filter((one) => one !== 'memcg-irq-nesting')) {
    it(`about ${name} is read again with every blocked task and its stack`, async () => {
      const analysis = await analyzeGolden(name);
      const trace = await readMail(mail(analysis));
      assert.deepEqual(trace.losses, []);
      const read = analyzeTrace(trace);
      const waits = new Map(
        [...read.cycles.flatMap(({ edges }) => edges), ...read.chains.flatMap(({ links }) => links)].map(
          (edge) => [edge.waiter, edge],
        ),
      );
      for (const { waiter, stack } of analysis.cycles[0]!.edges) {
        assert.deepEqual(waits.get(waiter)?.stack, stack);
        assert.equal(read.tasks[waiter]!.name, analysis.tasks[waiter]!.name);
        assert.equal(read.tasks[waiter]!.pid, analysis.tasks[waiter]!.pid);
      }
    });
  }

  it('about a spinning CPU is read again as of a task that runs', async () => {
    const trace = await readMail(mail(await analyzeGolden('memcg-irq-nesting')));
    assert.equal(trace.events.length, 0);
    assert.deepEqual(trace.losses, []);
  });

  it('is plain ASCII where a wait lasted microseconds, too', () => {
    const links = [sampleEdge({ waitNs: 1500 })];
    const text = mail({ ...EMPTY, verdict: 'hang', chains: [sampleChain({ links })] });
    assert.match(text, /waiting:1\.5us/);
    assert.match(text, /^[\x20-\x7e\n]*$/);
  });

  it('refers to sources as the lists do', () => {
    assert.deepEqual(
      ['commit:63f3655f9501', 'message-id:1-2-a@b.c', 'https://lkml.iu.edu/x'].map(citeSource),
      ['commit 63f3655f9501', 'https://lore.kernel.org/r/1-2-a@b.c/', 'https://lkml.iu.edu/x'],
    );
  });

  it('does not break a line between a number and its unit', async () => {
    for (const name of GOLDEN) {
      assert.doesNotMatch(mail(await analyzeGolden(name)), /\d\n *(?:[mµn]?s|min|h|d)\b/);
    }
  });

  it('says held of nobody who was not seen to hold', () => {
    const said = (changes: Parameters<typeof sampleEdge>[0]) =>
      mail({ ...EMPTY, verdict: 'hang', chains: [sampleChain({ links: [sampleEdge(changes)] })] }).replace(
        /\s+/g,
        ' ',
      );
    assert.match(said({}), /2 holds it, which was traced/);
    for (const [changes, words] of [
      [{ evidence: 'owner-field' }, 'The owner field of the lock names 2.'],
      [{ evidence: 'released-later' }, '2 likely held it: it was seen releasing it afterwards.'],
      [{ evidence: 'stack' }, '2 likely holds it, going by where its stack shows it blocked.'],
      [{ evidence: 'unknown' }, '2 perhaps holds it, but there is no evidence for that.'],
      [{ hard: false }, '2 asked for it before and is ahead in the queue; it does not hold it.'],
      [{ blocker: null }, 'Who holds it is not known.'],
      [{ io: true }, 'Its I/O is with the device and has not completed: no task holds it.'],
    ] as const) {
      assert.ok(said(changes).includes(`for the mutex 0xffff888000001000. ${words}`), said(changes));
      assert.doesNotMatch(said(changes), /holds it, which was traced/);
    }
  });

  it('does not name the host, and says when a capture is of the lab', () => {
    const capture = { ...EMPTY.capture, hostname: 'db1', kernelRelease: '6.1.0' };
    assert.doesNotMatch(mail({ ...EMPTY, capture: { ...capture, target: 'root@db1' } }), /db1|lab/);
    const ofLab = { ...EMPTY, capture: { ...capture, target: 'lab:x' } };
    assert.match(mail(ofLab), /guest of holdwait's lab/);
    assert.doesNotMatch(mail(ofLab), /shows what the hang/);
    assert.match(mail({ ...ofLab, verdict: 'hang' }), /shows what the hang/);
  });

  it('counts what was lost', () => {
    const text = mail({ ...EMPTY, loss: { total: 3, byReason: { lost_events: 3 } } });
    assert.match(text, /3 records of the capture\s+were lost/);
    assert.match(text, /^Lost: {7}3 records, lost_events/m);
  });
});

function splitHead(text: string): [head: string, body: string] {
  const end = text.indexOf('\n\n');
  return [text.slice(0, end), text.slice(end + 2)];
}
