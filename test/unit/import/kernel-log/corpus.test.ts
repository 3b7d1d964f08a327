import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../../analysis/index.ts';
import type { LoggedReport } from '../../../../src/import/kernel-log/report-sink.ts';
import { readLog, reportsOf } from './sample-logs.ts';
import { sharedPath, skipWithout } from './shared-files.ts';

/** Real console logs; above the first blank line of each is what it was judged to be. */
const CORPUS = sharedPath('corpus/console-logs');
const WANTED_SHARE = 0.99;

interface Sample {
  readonly name: string;
  readonly titles: readonly string[];
  /** The judges could not tell either. */
  readonly isCorrupted: boolean;
  readonly log: string;
  readonly reports: readonly LoggedReport[];
  readonly analysis: Analysis;
}

function readSample(name: string): Sample {
  const text = readFileSync(join(CORPUS, name), 'utf8');
  const end = text.indexOf('\n\n');
  const head = text.slice(0, end);
  // Some end with the report as it is to be cut out of the log.
  const log = text.slice(end + 2).split('\nREPORT:')[0]!;
  const trace = readLog(log);
  return {
    name,
    titles: Array.from(head.matchAll(/^(?:TITLE|ALT): (.*)$/gm), ([, title]) => title!),
    isCorrupted: / corrupted$/m.test(head),
    log,
    reports: reportsOf(trace),
    analysis: analyzeTrace(trace),
  };
}

/** Says how many of the samples are right and which are not. */
function judge(
  t: TestContext,
  what: string,
  samples: readonly Sample[],
  isRight: (sample: Sample) => boolean,
): number {
  const wrong = samples.filter((sample) => !isRight(sample));
  t.diagnostic(`${what}: ${samples.length - wrong.length} of ${samples.length} right`);
  for (const { name, titles, reports } of wrong) {
    t.diagnostic(
      `  ${name}: ${titles[0]}; read as ${reports.map(({ title }) => title).join(', ') || 'nothing'}`,
    );
  }
  return (samples.length - wrong.length) / samples.length;
}

const ofKind = ({ reports }: Sample, kind: string) => reports.filter((report) => report.kind === kind);

test('real console logs are read as their judges read them', { skip: skipWithout(CORPUS) }, async (t) => {
  const samples = readdirSync(CORPUS).map(readSample);

  await t.test('every hung task is found, with its number and name', (t) => {
    const share = judge(t, 'hung tasks', samples, (sample) => {
      const said = sample.log.matchAll(/INFO: task ([\s\S]{1,64}?):(\d+) (?:blocked|can't die)/g);
      const expected = Array.from(
        said,
        ([, name, tid]) => `${name!.replace(/\n\[[^\]]*\](\[[^\]]*\])? /, '\n')}:${tid}`,
      );
      const found = ofKind(sample, 'hung-task').map(({ name, tid }) => `${name}:${tid}`);
      return found.join() === expected.join();
    });
    assert.ok(share >= WANTED_SHARE);
  });

  await t.test('a hung task is named by the function that it hangs in', (t) => {
    const hung = samples.filter(({ titles }) => (titles[0] ?? '').startsWith('INFO: task '));
    const share = judge(t, 'functions of hung tasks', hung, (sample) => {
      const reports = ofKind(sample, 'hung-task');
      return sample.isCorrupted
        ? reports.every(({ frame }) => frame === undefined)
        : reports.some(({ title }) => sample.titles.includes(title));
    });
    assert.ok(share >= WANTED_SHARE);
  });

  await t.test('stalled CPUs are found and named', (t) => {
    const stalled = samples.filter(({ titles }) =>
      /^(INFO: rcu detected stall|BUG: soft lockup)/.test(titles[0] ?? ''),
    );
    const isStall = ({ kind }: LoggedReport) => kind === 'rcu-stall' || kind === 'soft-lockup';
    assert.equal(
      judge(t, 'stalls', stalled, ({ reports }) => reports.some(isStall)),
      1,
    );
    const clear = stalled.filter(({ isCorrupted }) => !isCorrupted);
    const share = judge(t, 'functions of stalls', clear, ({ reports, titles }) =>
      reports.some((report) => isStall(report) && titles.includes(report.title)),
    );
    assert.ok(share >= 0.9);
  });

  await t.test('no deadlock is claimed, and no hang where no task was called hung', (t) => {
    const share = judge(t, 'verdicts', samples, ({ log, analysis }) => {
      const isHung = /INFO: task [\s\S]{1,64}?:\d+ (?:blocked|can't die)/.test(log);
      return analysis.cycles.length === 0 && (analysis.verdict === 'hang') === isHung;
    });
    assert.equal(share, 1);
  });
});
