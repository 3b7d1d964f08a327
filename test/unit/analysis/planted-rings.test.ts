import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import type { TraceRecord } from '../../../src/trace/index.ts';
import { holdBegin, traceOf, waitBegin, waitEnd } from './trace-of.ts';

/** A piece of a capture, and the cycle of tasks that is in it. */
interface Plant {
  readonly records: readonly TraceRecord[];
  readonly ring: readonly number[];
}

/** What a plant may use without meeting another plant: tids, resources and a time of its own. */
interface Plot {
  readonly firstTid: number;
  readonly prefix: string;
  readonly fromNs: number;
}

type Planter = (plot: Plot, size: number) => Plant;

/** Tasks in order of tid, each holding what the one before waits for; the last waits for the first. */
const plantRing: Planter = ({ firstTid, prefix, fromNs }, size) => {
  const tids = Array.from({ length: size }, (_, i) => firstTid + i);
  const holds = tids.map((tid, i) => holdBegin(fromNs + i, tid, 'mutex', `${prefix}${i}`));
  const waits = tids.map((tid, i) => waitBegin(fromNs + 100 + i, tid, 'mutex', `${prefix}${(i + 1) % size}`));
  return { records: [...holds, ...waits], ring: tids };
};

/** The same, told only by the waits. */
const plantJoinedRing: Planter = ({ firstTid, prefix, fromNs }, size) => {
  const tids = Array.from({ length: size }, (_, i) => firstTid + i);
  const waits = tids.map((tid, i) =>
    waitBegin(fromNs + i, tid, 'folio_lock', `${prefix}${i}`, {
      holder: tids[(i + 1) % size]!,
      evidence: 'traced',
    }),
  );
  return { records: waits, ring: tids };
};

const plantChain: Planter = (plot, size) => {
  const { records } = plantRing(plot, size + 1);
  return { records: records.slice(0, -1), ring: [] };
};

const plantIoChain: Planter = (plot, size) => {
  const { records } = plantRing(plot, size + 1);
  return {
    records: [...records, { type: 'io_begin', ts: plot.fromNs + 300, res: `${plot.prefix}0` }],
    ring: [],
  };
};

/** A ring that came apart: its last wait ended. */
const plantOpenedRing: Planter = (plot, size) => {
  const { records } = plantRing(plot, size);
  const last = plot.firstTid + size - 1;
  return { records: [...records, waitEnd(plot.fromNs + 300, last, 'mutex', `${plot.prefix}0`)], ring: [] };
};

/** A writer behind readers that all wait for one task. */
const plantDiamond: Planter = ({ firstTid, prefix, fromNs }, size) => {
  const readers = Array.from({ length: size }, (_, i) => firstTid + 2 + i);
  return {
    records: [
      holdBegin(fromNs, firstTid, 'mutex', `${prefix}tip`),
      ...readers.map((tid) => holdBegin(fromNs + 1, tid, 'rwsem', `${prefix}mid`, { mode: 'read' })),
      ...readers.map((tid) => waitBegin(fromNs + 2, tid, 'mutex', `${prefix}tip`)),
      waitBegin(fromNs + 3, firstTid + 1, 'rwsem', `${prefix}mid`, { mode: 'write' }),
    ],
    ring: [],
  };
};

/** An address that a ring once used, freed by everyone and taken by a task that runs. */
const plantReusedAddress: Planter = (plot, size) => {
  const { records } = plantRing(plot, size);
  const again = Array.from({ length: size }, (_, i) =>
    holdBegin(plot.fromNs + 400 + i, plot.firstTid + 50, 'mutex', `${plot.prefix}${i}`),
  );
  return { records: [...records, ...again], ring: [] };
};

/** A ring one of whose tids now belongs to another process. */
const plantReusedTid: Planter = (plot, size) => {
  const { records } = plantRing(plot, size);
  const named = records.map((record) => ({ ...record, pid: 1 }));
  return {
    records: [...named, { type: 'task', ts: plot.fromNs + 400, tid: plot.firstTid, pid: 2 }],
    ring: [],
  };
};

const planter = fc.constantFrom(
  plantRing,
  plantJoinedRing,
  plantChain,
  plantIoChain,
  plantOpenedRing,
  plantDiamond,
  plantReusedAddress,
  plantReusedTid,
);
const plants = fc
  .array(fc.tuple(planter, fc.integer({ min: 1, max: 8 }), fc.nat(200)), { minLength: 1, maxLength: 10 })
  .map((chosen) =>
    chosen.map(([plant, size, fromNs], i) =>
      plant({ firstTid: 100 * (i + 1), prefix: `p${i}-`, fromNs }, size),
    ),
  );

function rings(analysis: Analysis): string[] {
  return analysis.cycles.map(({ tasks }) => tasks.join()).sort();
}

function plantedRings(planted: readonly Plant[]): string[] {
  return planted
    .filter(({ ring }) => ring.length > 0)
    .map(({ ring }) => ring.join())
    .sort();
}

/** Records in time order, except that waits arrive in any order. */
function withLateWaits(records: readonly TraceRecord[], order: readonly number[]): TraceRecord[] {
  const late = records.filter(({ type }) => type === 'wait_begin');
  const shuffled = late
    .map((record, i) => ({ record, key: order[i % order.length]! }))
    .sort((a, b) => a.key - b.key)
    .map(({ record }) => record);
  return [...records.filter(({ type }) => type !== 'wait_begin'), ...shuffled];
}

describe('planted rings', () => {
  it('are found, and nothing else, whatever stands around them and in whatever order waits arrive', () => {
    fc.assert(
      fc.property(plants, fc.array(fc.integer(), { minLength: 50, maxLength: 50 }), (planted, order) => {
        const records = planted.flatMap((plant) => plant.records).sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0));
        const analysis = analyzeTrace(traceOf(records));
        assert.deepEqual(rings(analysis), plantedRings(planted));
        assert.ok(analysis.cycles.every(({ verdict }) => verdict === 'deadlock'));
        assert.deepEqual(rings(analyzeTrace(traceOf(withLateWaits(records, order)))), plantedRings(planted));
      }),
      { numRuns: 500 },
    );
  });

  it('are not found before they close', () => {
    for (const plant of [plantRing, plantJoinedRing]) {
      for (let size = 1; size <= 8; size++) {
        const { records } = plant({ firstTid: 10, prefix: 'x', fromNs: 0 }, size);
        for (let n = 0; n < records.length; n++) {
          assert.deepEqual(rings(analyzeTrace(traceOf(records.slice(0, n)))), []);
        }
        assert.equal(analyzeTrace(traceOf(records)).cycles.length, 1);
      }
    }
  });
});
