import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type SimulateOptions, Simulation } from '../../../src/simulate/index.ts';
import { Random } from '../../../src/simulate/random.ts';
import { TimeQueue } from '../../../src/simulate/time-queue.ts';
import { COLUMN_NAMES, EventCode, HoldwaitError, type Trace } from '../../../src/trace/index.ts';
import { simulateTrace } from './simulated-trace.ts';

/** Every value of every event, and the names of the tasks. */
function fingerprint({ events, tasks, stacks }: Trace): string {
  const hash = createHash('sha256').update(JSON.stringify([tasks.rows(), stacks.size]));
  for (const name of COLUMN_NAMES) {
    hash.update(events[name]);
  }
  return hash.digest('hex');
}

function countEvents({ events }: Trace, code: number): number {
  return events.type.reduce((sum, type) => sum + Number(type === code), 0);
}

describe('a simulation', () => {
  it('is the same for the same options and another for another seed', () => {
    const options = { softCycles: 1, lateNs: 200_000 };
    const [first, again, other] = [5, 5, 6].map((seed) => simulateTrace({ ...options, seed }));
    assert.equal(fingerprint(again!.trace), fingerprint(first!.trace));
    assert.deepEqual(again!.truth, first!.truth);
    assert.notEqual(fingerprint(other!.trace), fingerprint(first!.trace));
  });

  it('tells seeds apart that differ above 32 bits', () => {
    const [first, other] = [7, 7 + 2 ** 32].map((seed) => fingerprint(simulateTrace({ seed }).trace));
    assert.notEqual(first, other);
  });

  it('has about as many events as were asked for, and all that was planted', () => {
    for (const events of [1000, 10_000, 200_000]) {
      const { truth } = simulateTrace({ events });
      assert.ok(truth.events >= events && truth.events < events + 500, `${truth.events} for ${events}`);
    }
    assert.ok(simulateTrace({ events: 1, deadlocks: 50 }).truth.cycles.length >= 50);
  });

  it('has every kind of event, of resource and of ending', () => {
    const { trace, truth } = simulateTrace({ events: 20_000, deadlocks: 40, nearMisses: 16 });
    for (const code of Object.values(EventCode)) {
      assert.ok(countEvents(trace, code) > 0, `event ${code}`);
    }
    const kinds = ['folio_lock', 'folio_writeback', 'mutex', 'rwsem', 'spinlock'];
    assert.deepEqual(Object.keys(truth.totals), kinds);
    const lengths = new Set(truth.cycles.map(({ length }) => length));
    assert.ok(lengths.has(1) && lengths.has(2) && lengths.has(3) && Math.max(...lengths) >= 5);
    const shared = truth.cycles.flat().filter((tid, i, all) => all.indexOf(tid) !== i);
    assert.ok(shared.length > 0, 'cycles that share tasks');
    assert.ok(trace.stacks.size >= 24 && trace.stacks.size <= 200, `${trace.stacks.size} stacks`);
  });

  it('uses tids and addresses again', () => {
    const { trace } = simulateTrace({ events: 50_000 });
    const pids = new Map<number, Set<number | undefined>>();
    for (const { tid, pid } of trace.tasks.rows()) {
      pids.set(tid, (pids.get(tid) ?? new Set()).add(pid));
    }
    assert.ok([...pids.values()].some(({ size }) => size > 1));
    const { resources } = trace;
    const byAddress = new Map<string, string[]>();
    for (let i = 0; i < resources.size; i++) {
      byAddress.set(resources.id(i), [...(byAddress.get(resources.id(i)) ?? []), resources.kind(i)]);
    }
    const shared = [...byAddress.values()].map((kinds) => kinds.sort().join());
    assert.ok(shared.includes('mutex,rwsem'));
    assert.ok(resources.size < 600, 'addresses are a bounded pool');
  });

  it('leaves out as many records as its losses say', () => {
    const options = { events: 20_000, losses: 0 };
    assert.deepEqual(simulateTrace(options).trace.losses, []);
    const { trace, truth } = simulateTrace({ ...options, losses: 50 });
    assert.ok(truth.losses >= 50);
    assert.equal(
      trace.losses.reduce((sum, { count }) => sum + count, 0),
      truth.losses,
    );
  });

  it('with a threshold tells waits only when they have lasted so long, with the time of their begin', () => {
    const lateNs = 2_000_000;
    const { trace, arrived, truth } = simulateTrace({ events: 5000, lateNs });
    const { type, tsNs, length } = arrived;
    let latest = 0;
    let late = 0;
    for (let i = 0; i < length; i++) {
      if (type[i] === EventCode.waitBegin) {
        late += Number(tsNs[i]! < latest);
        assert.ok(tsNs[i]! + lateNs <= trace.endNs);
      }
      latest = Math.max(latest, tsNs[i]!);
    }
    assert.ok(late > 100, 'most begin before something that was told already');
    for (const { count, totalNs } of Object.values(truth.totals)) {
      assert.ok(totalNs >= count * lateNs);
    }
  });

  it('ends while times are exact, with what was planted, if too little happens', () => {
    const { trace, truth } = simulateTrace({ events: 50_000, tasks: 1, lateNs: 60e9, deadlocks: 3 });
    assert.ok(truth.events < 50_000 && truth.cycles.length >= 3);
    assert.ok(trace.events.tsNs.every(Number.isSafeInteger));
    assert.ok(Object.values(truth.totals).every(({ totalNs }) => totalNs > 0));
  });

  it('makes batches that it can be followed by', () => {
    const simulation = new Simulation({ ...simulateOptions, events: 200_000 });
    const sizes = Array.from(simulation.batches(), ({ events }) => events.length);
    assert.ok(sizes.length >= 3 && sizes.every((size) => size < 70_000), sizes.join());
  });

  const hostile: readonly Partial<SimulateOptions>[] = [
    { events: 0 },
    { events: 1.5 },
    { events: Number.NaN },
    { events: 1e12 },
    { seed: -1 },
    { tasks: 0 },
    { tasks: 1e9 },
    { resources: 15 },
    { deadlocks: -1 },
    { ring: 0 },
    { ring: 3, deadlocks: 0 },
    { waiters: Number.POSITIVE_INFINITY },
    { lateNs: 61e9 },
  ];
  for (const options of hostile) {
    it(`is refused for ${Object.entries(options).join(' ')}`, () => {
      assert.throws(
        () => new Simulation({ ...simulateOptions, ...options }),
        (error) => error instanceof HoldwaitError && error.category === 'usage',
      );
    });
  }
});

const simulateOptions: SimulateOptions = {
  events: 1000,
  seed: 1,
  tasks: 8,
  resources: 64,
  deadlocks: 1,
  ring: undefined,
  softCycles: 0,
  nearMisses: 1,
  losses: 1,
  waiters: 1,
  lateNs: 0,
};

describe('Random', () => {
  it('stays within its limits and comes everywhere', () => {
    const random = new Random(3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) {
      counts[random.below(10)]!++;
      const between = random.between(-2, 2);
      assert.ok(between >= -2 && between <= 2);
      assert.ok(random.durationNs(100) >= 1);
    }
    // 5 standard deviations of a fair generator are 475.
    assert.ok(
      counts.every((count) => Math.abs(count - 10_000) < 475),
      counts.join(),
    );
  });
});

describe('TimeQueue', () => {
  it('gives everything in the order of time', () => {
    const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 3000 });
    const property = fc.property(times, fc.integer({ min: 1, max: 5 }), (all, popEvery) => {
      const queue = new TimeQueue();
      const inside: number[] = [];
      all.forEach((time, i) => {
        queue.push(time, i);
        inside.push(time);
        if (i % popEvery === 0) {
          assert.equal(queue.nextNs, Math.min(...inside));
          inside.splice(inside.indexOf(all[queue.pop()]!), 1);
        }
      });
      const rest = Array.from(inside, () => all[queue.pop()]!);
      assert.deepEqual(
        rest,
        inside.toSorted((a, b) => a - b),
      );
      assert.equal(queue.length, 0);
    });
    fc.assert(property, { numRuns: 50 });
  });
});
