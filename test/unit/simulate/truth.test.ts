import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { analyzeSource } from '../../../analysis/analyze-source.ts';
import { type Analysis, AnalysisEngine, analyzeTrace, type Cycle } from '../../../analysis/index.ts';
import type { SimulateOptions } from '../../../src/simulate/index.ts';
import { sliceColumns, sortColumns, type Trace, type TraceSource } from '../../../src/trace/index.ts';
import { simulatedSource, simulateTrace } from './simulated-trace.ts';

const anySeed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** Everything in any amount, small enough to be many. */
const anyOptions: fc.Arbitrary<Partial<SimulateOptions>> = fc.record({
  seed: anySeed,
  events: fc.integer({ min: 1, max: 3000 }),
  tasks: fc.integer({ min: 1, max: 40 }),
  resources: fc.integer({ min: 16, max: 2000 }),
  deadlocks: fc.integer({ min: 0, max: 8 }),
  softCycles: fc.integer({ min: 0, max: 3 }),
  nearMisses: fc.integer({ min: 0, max: 16 }),
  losses: fc.integer({ min: 0, max: 40 }),
  waiters: fc.integer({ min: 0, max: 20 }),
  lateNs: fc.constantFrom(0, 0, 1, 50_000, 2_000_000, 300_000_000),
});

/** What both the truth and an analysis say. */
interface Found {
  readonly cycles: readonly (readonly number[])[];
  readonly soft: readonly (readonly number[])[];
  readonly openWaits: number;
  readonly totals: Readonly<Record<string, { count: number; totalNs: number }>>;
  readonly losses: number;
  readonly events: number;
  readonly endNs: number;
}

/** Notes what an engine finds, while it plays and at the end. */
class Finder {
  readonly #totals: Record<string, { count: number; totalNs: number }> = {};
  readonly #engine: AnalysisEngine;

  constructor(engine: AnalysisEngine) {
    this.#engine = engine;
    const { waits, tables } = engine.state;
    engine.observe({
      waitEnded: (row, how) => {
        const { resource, beginNs, endNs } = waits.table;
        if (how !== 'task-gone') {
          this.#add(tables.resources.kind(resource[row]!), endNs[row]! - beginNs[row]!);
        }
      },
    });
  }

  found({ cycles, loss, capture }: Analysis): Found {
    return {
      cycles: sortedTids(cycles),
      soft: sortedTids(cycles.filter(({ verdict }) => verdict === 'suspected')),
      openWaits: this.#engine.state.waits.openRows().length,
      totals: this.#totals,
      losses: loss.total,
      events: capture.events,
      endNs: capture.endNs,
    };
  }

  #add(kind: string, ns: number): void {
    this.#totals[kind] ??= { count: 0, totalNs: 0 };
    this.#totals[kind].count++;
    this.#totals[kind].totalNs += ns;
  }
}

function findAll(trace: Trace): Found {
  const engine = new AnalysisEngine(trace, { signatures: [] });
  const finder = new Finder(engine);
  engine.play(trace.events);
  return finder.found(engine.result(trace));
}

async function findStreamed(source: TraceSource, windowEvents: number): Promise<Found> {
  let finder: Finder | undefined;
  const hooks = {
    windowEvents,
    onEngine: (engine: AnalysisEngine) => {
      finder = new Finder(engine);
    },
  };
  const analysis = await analyzeSource(source, { signatures: [] }, undefined, hooks);
  return finder!.found(analysis);
}

function sortedTids(cycles: Analysis['cycles']): number[][] {
  const key = (tids: readonly number[]) => tids.map((tid) => String(tid).padStart(8, '0')).join();
  return cycles.map(({ tasks }) => [...tasks]).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Who read a lock last may have left since: a cycle over such a hint is suspected, and may be none. */
function isMoreThanAHint({ edges }: Cycle): boolean {
  return edges.every(({ evidence }) => evidence !== 'unknown');
}

describe('the analysis of a simulated trace', () => {
  it('finds exactly what is true, whatever was planted', () => {
    const property = fc.property(anyOptions, (options) => {
      const { trace, truth } = simulateTrace(options);
      assert.deepEqual(findAll(trace), truth);
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('finds the same as it arrives, in small batches through a small window', async () => {
    const size = fc.integer({ min: 1, max: 400 });
    const property = fc.asyncProperty(anyOptions, size, size, async (options, batchEvents, windowEvents) => {
      const source = simulatedSource(options, batchEvents);
      assert.deepEqual(await findStreamed(source, windowEvents), simulateTrace(options).truth);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('finds a ring of any length, and of its own resource', () => {
    const lengths = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 300 }));
    const property = fc.property(lengths, anySeed, fc.constantFrom(0, 1_000_000), (ring, seed, lateNs) => {
      const { trace, truth } = simulateTrace({ ring, seed, lateNs, deadlocks: 1 });
      assert.deepEqual(
        truth.cycles.map(({ length }) => length),
        [ring],
      );
      assert.deepEqual(findAll(trace), truth);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('finds a ring of 10,000 and 100,000 who queue for one folio', () => {
    const { trace, truth } = simulateTrace({ ring: 10_000, deadlocks: 1, waiters: 100_000 });
    assert.equal(truth.cycles[0]!.length, 10_000);
    assert.ok(truth.openWaits > 110_000);
    assert.deepEqual(findAll(trace), truth);
  });

  it('finds no cycle at any time where none was planted, and no order of locks that could close one', () => {
    const healthy = { deadlocks: 0, nearMisses: 0, waiters: 0, events: 1500, losses: 10 };
    const property = fc.property(anySeed, fc.constantFrom(0, 400_000), (seed, lateNs) => {
      const { trace, arrived, truth } = simulateTrace({ ...healthy, seed, lateNs });
      assert.deepEqual(truth.cycles, []);
      // Cut where a capture could have been: what arrives later says more of the time before.
      for (let part = 1; part <= 20; part++) {
        const events = sortColumns(sliceColumns(arrived, 0, Math.floor((arrived.length * part) / 20)));
        const begin = { ...trace, events, endNs: events.tsNs[events.length - 1]! };
        assert.deepEqual(analyzeTrace(begin).cycles.filter(isMoreThanAHint), []);
      }
      assert.deepEqual(analyzeTrace(trace).potential, []);
    });
    fc.assert(property, { numRuns: 30 });
  });
});
