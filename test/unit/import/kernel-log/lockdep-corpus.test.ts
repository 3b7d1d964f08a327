import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeLockOrders, type LockOrder } from '../../../../analysis/index.ts';
import { type CorpusLog, readCorpus } from './corpus-logs.ts';
import { readLog, reportsOf } from './sample-logs.ts';
import { sharedPath, skipWithout } from './shared-files.ts';

const CORPUS = sharedPath('corpus/console-logs');

/** Kinds that the titles of the corpus stand for, where they name no function or the log is torn. */
const IS_LOCK_REPORT =
  /deadlock|circular locking|inconsistent lock|RCU usage|unlock balance|lock freed|locks? held|locking bug|non-static key|spinlock|rwlock|preemptible/;
const BANNER =
  /possible (?:circular|recursive|irq)|inconsistent lock state|suspicious RCU|unlock balance|held lock freed|locks? held|wait context|order detected|non-static|lockdep\.c|(?:spin|rw)lock|preemptible/i;
/** A title that ends in a function. */
const IS_NAMED = / in (?!corrupted)[^ ]+$/;
const LEAST_SHARE = 0.99;

interface Read {
  readonly file: CorpusLog;
  readonly titles: readonly string[];
  readonly orders: readonly LockOrder[];
}

describe('reports of lock checkers in real console logs', { skip: skipWithout(CORPUS) }, () => {
  const all = skipWithout(CORPUS) === false ? readCorpus(CORPUS).map(read) : [];
  const lockReports = all.filter(({ file }) => file.type === 'LOCKDEP' || IS_LOCK_REPORT.test(file.title));

  it('the titles are reproduced, with the function where one is named', (t) => {
    const named = lockReports.filter(({ file }) => IS_NAMED.test(file.title));
    const wrong = named.filter(({ file, titles }) => titles[0] !== file.title);
    t.diagnostic(`${named.length - wrong.length} of ${named.length} titles`);
    report(t, wrong);
    assert.ok(named.length > 40);
    assert.ok(named.length - wrong.length >= LEAST_SHARE * named.length);
  });

  it('a torn report is still one of its kind', (t) => {
    const torn = lockReports.filter(({ file }) => !IS_NAMED.test(file.title));
    const wrong = torn.filter(({ file, titles }) => !titles.some((title) => isSameKind(title, file.title)));
    t.diagnostic(`${torn.length - wrong.length} of ${torn.length} torn reports`);
    report(t, wrong);
    assert.deepEqual(
      wrong.map(({ file }) => file.name),
      [],
    );
  });

  it('a chain is read link by link with its stacks, as it stands in the log', (t) => {
    const chains = all.filter(({ file }) => chainOf(file.log).length > 1);
    const wrong = chains.filter(({ file, orders }) => !isChainRead(chainOf(file.log), orders));
    t.diagnostic(`${chains.length - wrong.length} of ${chains.length} chains`);
    report(t, wrong);
    assert.ok(chains.length >= 12);
    assert.deepEqual(
      wrong.map(({ file }) => file.name),
      [],
    );
  });

  it('the locks that the reported task held are read', (t) => {
    const lists = lockReports.filter(({ file }) => heldOf(file.log).length > 0);
    const wrong = lists.filter(
      ({ file, orders }) =>
        !orders.some(({ locks = [] }) => locks.map(({ name }) => name).join() === heldOf(file.log).join()),
    );
    t.diagnostic(`${lists.length - wrong.length} of ${lists.length} lists of locks`);
    report(t, wrong);
    assert.ok(lists.length >= 20);
    assert.ok(lists.length - wrong.length >= LEAST_SHARE * lists.length);
  });

  it('nothing is read where nothing is reported', () => {
    const invented = all.filter(({ file, orders }) => orders.length > 0 && !BANNER.test(file.log));
    assert.deepEqual(
      invented.map(({ file }) => file.name),
      [],
    );
  });
});

function read(file: CorpusLog): Read {
  const trace = readLog(file.log);
  const titles = reportsOf(trace).map(({ title }) => title);
  return { file, titles, orders: decodeLockOrders(trace).orders };
}

/** `-> #2 (name){…}` from the highest number down, in the first report that has them. */
function chainOf(log: string): readonly string[] {
  const names: string[] = [];
  for (const [, number, name] of log.matchAll(/-> #(\d+) \((.+)\)\{[^}]*\}/g)) {
    if (names.length > 0 && Number(number) !== Number(names.at(-1)!.split(' ')[0]) - 1) {
      break;
    }
    names.push(`${number} ${name}`);
  }
  return names;
}

function isChainRead(chain: readonly string[], orders: readonly LockOrder[]): boolean {
  const names = chain.map((entry) => entry.replace(/^\d+ /, '')).toReversed();
  return orders.some(
    ({ links }) =>
      links.length === names.length &&
      links.every(
        ({ held, wanted, stack }, i) =>
          held === names[i] && wanted === names[(i + 1) % names.length] && stack.length > 0,
      ),
  );
}

/** Names in the first list of held locks, if its lines are whole. */
function heldOf(log: string): readonly string[] {
  const match = /(\d+) locks? held by [^\n]+\n((?:[^\n]* #\d+: [^\n]*\n?)+)/.exec(log);
  const names = [...(match?.[2] ?? '').matchAll(/ #\d+:\s+(?:[0-9a-f]+ )?\((.+)\)\{/g)].map(
    ([, name]) => name!,
  );
  return names.length === Number(match?.[1]) ? names : [];
}

function isSameKind(title: string, expected: string): boolean {
  const kind = expected.replace(/ in corrupted$/, '');
  return title.startsWith(kind) || (/circular locking/.test(kind) && title.startsWith('possible deadlock'));
}

function report(t: { diagnostic(text: string): void }, wrong: readonly Read[]): void {
  for (const { file, titles } of wrong) {
    t.diagnostic(`${file.name}: "${file.title}", read as ${JSON.stringify(titles)}`);
  }
}
