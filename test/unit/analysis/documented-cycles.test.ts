import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeTrace, MATCH_THRESHOLD, SIGNATURES } from '../../../analysis/index.ts';
import { capture, DOCUMENTED, tidOf } from './documented-cycles.ts';
import { traceOf } from './trace-of.ts';

/** Those in which one party only queues behind another. */
const SOFT = ['netfs-sb-writers-mmap', 'netfs-cachefiles-fault'];

describe('the documented deadlocks', () => {
  it('are all tried', () => {
    assert.deepEqual(Object.keys(DOCUMENTED).sort(), SIGNATURES.map(({ id }) => id).sort());
  });

  for (const [id, parties] of Object.entries(DOCUMENTED)) {
    const signature = SIGNATURES.find((one) => one.id === id)!;

    it(`${id} is recognised, each party in its role, and nothing else is`, () => {
      const { cycles, verdict } = analyzeTrace(traceOf(capture(parties)));
      assert.equal(cycles.length, 1);
      assert.deepEqual(
        cycles[0]!.matches.map((match) => match.id),
        [id],
      );
      assert.equal(verdict, SOFT.includes(id) ? 'suspected' : 'deadlock');
      assert.equal(cycles[0]!.edges.filter(({ hard }) => !hard).length, SOFT.includes(id) ? 1 : 0);
      assert.deepEqual(
        cycles[0]!.matches[0]!.roles,
        Object.fromEntries(parties.map(({ role }, i) => [role, tidOf(i)])),
      );
      assert.ok(cycles[0]!.matches[0]!.score >= 0.9, `${cycles[0]!.matches[0]!.score}`);
    });

    it(`${id} is recognised without the names of its locks`, () => {
      const [cycle] = analyzeTrace(traceOf(capture(parties, 'labels'))).cycles;
      assert.deepEqual(
        cycle!.matches.map((match) => match.id),
        [id],
      );
    });

    it(`${id} is not taken for a cycle through locks of other names`, () => {
      const named = parties.filter(({ name }) => name !== undefined && name !== '');
      if (signature.roles.every(({ waits }) => waits.name === undefined)) {
        return;
      }
      const other = parties.map((party) => ({ ...party, name: party.name && `other_${party.name}` }));
      assert.ok(named.length > 0);
      assert.deepEqual(analyzeTrace(traceOf(capture(other))).cycles[0]!.matches, []);
    });

    it(`${id} without stacks and names is recognised only if its kinds of resource are enough`, () => {
      const bare = capture(parties, 'labels').map(({ stack, ...record }) =>
        record.type === 'hold_begin' ? { ...record, stack } : record,
      );
      const [cycle] = analyzeTrace(traceOf(bare)).cycles;
      const isVague = signature.variantOf !== undefined || parties.length === 1;
      const match = cycle!.matches.find((one) => one.id === id);
      assert.equal(match === undefined, isVague);
      assert.ok(match === undefined || match.score >= MATCH_THRESHOLD);
    });
  }
});

describe('the name of a lock', () => {
  const nameOf = (name: string): number => {
    const parties = DOCUMENTED['memcg-irq-nesting']!.map((party) => ({ ...party, name }));
    return analyzeTrace(traceOf(capture(parties))).cycles[0]!.matches.length;
  };

  it('may be followed by whose lock it is, or by a number, and not by more name', () => {
    for (const name of ['mem_cgroup.move_lock of job7', '&memcg->move_lock#2', 'mem_cgroup.move_lock']) {
      assert.equal(nameOf(name), 1, name);
    }
    for (const name of ['mem_cgroup.move_lock_task', 'a mem_cgroup.move_lock', 'move_lock']) {
      assert.equal(nameOf(name), 0, name);
    }
  });
});

describe('the bundled signatures', () => {
  it('have variants of signatures that exist', () => {
    const ids = SIGNATURES.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { id, variantOf } of SIGNATURES) {
      assert.ok(variantOf === undefined || (ids.includes(variantOf) && variantOf !== id), id);
    }
  });

  it('say where they are documented, and how to make those happen that have a scenario', () => {
    for (const { id, sources, scenario, variantOf } of SIGNATURES) {
      assert.ok(
        sources.some((source) => /^(commit:|message-id:|https:)/.test(source)),
        id,
      );
      assert.equal(scenario, variantOf === undefined ? id : undefined);
    }
  });
});
