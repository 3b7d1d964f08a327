import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  type Analysis,
  type CollectedSpans,
  collectSpans,
  type Edge,
  type HoldSpan,
  type WaitSpan,
} from '../../../../analysis/index.ts';
import { openTrace, type Trace } from '../../../../src/trace/index.ts';
import { recordSource } from '../record-source.ts';
import { holdBegin, holdEnd, traceOf, waitBegin, waitEnd } from '../trace-of.ts';
import { arbitraryRecords, arbitraryWorld } from '../wait-times/arbitrary-waits.ts';
import { SpanLists } from './span-lists.ts';

function spansOf(trace: Trace): Promise<CollectedSpans<SpanLists>> {
  return collectSpans(
    openTrace(trace),
    { waitTimes: { detail: true, top: 0 }, maxChains: 0 },
    () => new SpanLists(),
  );
}

/** The lists of the longest waits and holds, which are collected in another way. */
function listed({ waitTimes }: Analysis): { waits: string[]; holds: string[] } {
  const { longest, holds } = waitTimes!.detail!;
  return {
    waits: longest.rows.map((row) => line(row.task.name, row.resource, row.sinceNs, row.waitNs, row.end)),
    holds: holds.rows.map((row) => line(row.task.name, row.resource, row.sinceNs, row.heldNs, row.end)),
  };
}

function told({ sink, tables: { tasks, resources } }: CollectedSpans<SpanLists>): {
  waits: string[];
  holds: string[];
} {
  const toLine = ({ task, resource, beginNs, endNs, end }: WaitSpan | HoldSpan): string => {
    const ref = { kind: resources.kind(resource), id: resources.id(resource) };
    return line(tasks.get(task)!.name, ref, beginNs, endNs - beginNs, end);
  };
  return { waits: sink.waits.map(toLine), holds: sink.holds.map(toLine) };
}

function line(
  task: string,
  { kind, id }: { kind: string; id: string },
  sinceNs: number,
  ns: number,
  end: string,
): string {
  return `${task} ${kind} ${id} from ${sinceNs} for ${ns}: ${end}`;
}

function hasLength(text: string): boolean {
  return !text.includes(' for 0: ');
}

/** What is left of a list when everything of another was taken from it once. */
function subtract(from: readonly string[], what: readonly string[]): string[] {
  const left = [...from];
  for (const one of what) {
    const at = left.indexOf(one);
    if (at >= 0) {
      left.splice(at, 1);
    }
  }
  return left;
}

async function blockersOf(trace: Trace): Promise<WaitSpan['blockers'][]> {
  return (await spansOf(trace)).sink.waits.map(({ blockers }) => blockers);
}

describe('spans', () => {
  for (const [name, traces] of Object.entries({ arbitraryWorld, arbitraryRecords })) {
    it(`are all waits and holds, as the lists of the longest have them (${name})`, () =>
      fc.assert(
        fc.asyncProperty(traces, async (trace) => {
          const spans = await spansOf(trace);
          const all = told(spans);
          const longest = listed(spans.analysis);
          assert.deepEqual(all.holds.filter(hasLength).sort(), longest.holds.filter(hasLength).sort());
          assert.equal(all.waits.length, spans.analysis.waitTimes!.waits);
          // The list has none of the waits whose whole time a task spent in another inside it.
          assert.deepEqual(subtract(longest.waits, all.waits), []);
        }),
        { numRuns: 300 },
      ));

    it(`of open waits name the blockers of the chains (${name})`, () =>
      fc.assert(
        fc.asyncProperty(traces, async (trace) => {
          const { analysis, sink, tables } = await spansOf(trace);
          const isOf = ({ tid, resource }: WaitSpan, { waiter, resource: { kind, id } }: Edge) =>
            tid === waiter &&
            tables.resources.kind(resource) === kind &&
            tables.resources.id(resource) === id;
          const open = sink.waits.filter(({ end }) => end === 'open');
          for (const edge of analysis.chains.flatMap(({ links }) => links)) {
            const span = open.find((one) => isOf(one, edge));
            assert.ok(span, `the wait of ${edge.waiter} is a span`);
            const isNamed =
              edge.blocker === null
                ? span.blockers.length === 0 || span.blockers.some(({ io }) => io)
                : span.blockers.some(({ tid }) => tid === edge.blocker);
            assert.ok(isNamed, `${edge.blocker} among ${JSON.stringify(span.blockers)}`);
          }
        }),
        { numRuns: 300 },
      ));
  }

  it('of waits that ended name who let go', async () => {
    const [blockers] = await blockersOf(
      traceOf([
        holdBegin(0, 2, 'mutex', 'm'),
        waitBegin(10, 1, 'mutex', 'm'),
        holdEnd(20, 2, 'mutex', 'm'),
        holdBegin(21, 1, 'mutex', 'm'),
      ]),
    );
    assert.deepEqual(blockers, [{ task: 0, tid: 2, io: false, evidence: 'traced', hard: true }]);
  });

  it('name the device where that had the resource last', async () => {
    const trace = traceOf([
      holdBegin(0, 2, 'folio_writeback', 'f'),
      waitBegin(10, 1, 'folio_writeback', 'f'),
      { type: 'io_begin', ts: 20, kind: 'folio_writeback', res: 'f' },
      { type: 'io_end', ts: 30, kind: 'folio_writeback', res: 'f' },
      waitEnd(31, 1, 'folio_writeback', 'f'),
    ]);
    const { sink } = await spansOf(trace);
    const [hold] = sink.holds;
    assert.deepEqual([hold!.end, hold!.beginNs, hold!.endNs], ['given-to-device', 0, 20]);
    assert.deepEqual(sink.waits[0]!.blockers, [
      { task: undefined, tid: undefined, io: true, evidence: 'traced', hard: true },
    ]);
  });

  it('name nobody where nobody is known', async () => {
    const trace = traceOf([waitBegin(0, 1, 'mutex', 'm'), waitEnd(9, 1, 'mutex', 'm')]);
    assert.deepEqual(await blockersOf(trace), [[]]);
  });

  it('share one list of blockers among the waits of a resource', async () => {
    const readers = Array.from({ length: 50 }, (_, i) =>
      holdBegin(i, 100 + i, 'rwsem', 's', { mode: 'read' }),
    );
    const writers = Array.from({ length: 50 }, (_, i) =>
      waitBegin(60 + i, 200 + i, 'rwsem', 's', { mode: 'write' }),
    );
    const [first, ...others] = await blockersOf(traceOf([...readers, ...writers]));
    assert.equal(first!.length, 50);
    assert.ok(others.every((blockers) => blockers === first));
  });

  it('are told anew where a capture must be read twice', async () => {
    const records = [50, 60, 70, 80, 10].map((ts, i) => waitBegin(ts, i + 1, 'mutex', 'm'));
    const source = recordSource(records, [1]);
    let sinks = 0;
    const createSink = () => {
      sinks++;
      return new SpanLists();
    };
    const { sink } = await collectSpans(source, {}, createSink, undefined, { windowEvents: 2 });
    assert.equal(sinks, 2);
    assert.deepEqual(sink.waits.map(({ tid }) => tid).sort(), [1, 2, 3, 4, 5]);
  });
});
