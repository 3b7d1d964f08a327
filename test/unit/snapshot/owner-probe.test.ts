import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeProbe,
  findProbeBlocker,
  MAX_PROBED,
  ownerProgram,
} from '../../../src/snapshot/owner-probe.ts';
import { FAULT_TASK, FLUSHER } from './sample-snapshot.ts';

const named = (comm: string, ...names: string[]) => ({ tid: 7, pid: 7, comm, names });

test('nothing is loaded where the stacks show a lock that loading needs', () => {
  const committer = named('btrfs', 'pcpu_alloc', '__percpu_counter_init');
  assert.match(findProbeBlocker([committer])!, /btrfs:7 is stuck in pcpu_alloc\(\).*pcpu_alloc_mutex/);
  const offline = named('kworker/0:1', 'cpuhp_kick_ap', '_cpu_down', 'work_for_cpu_fn');
  assert.match(findProbeBlocker([offline])!, /cpu_hotplug_lock/);
  const hung = [FAULT_TASK, FLUSHER].map(({ tid, comm, stack }) => ({
    ...named(comm, ...Array.from(stack.matchAll(/\] (\w+)\+/g), ([, name]) => name!)),
    tid,
  }));
  assert.equal(findProbeBlocker(hung), undefined);
});

test('the program asks for so many tasks and no more, on machines whose stacks it knows', () => {
  const program = ownerProgram([485, 9], 'x86_64')!;
  assert.match(program, /\$t->pid == 485 \|\| \$t->pid == 9\)/);
  assert.equal(program.includes('@'), false);
  const many = ownerProgram(
    Array.from({ length: 500 }, (_, i) => i + 1),
    'aarch64',
  )!;
  assert.equal(many.split('$t->pid == ').length - 1, MAX_PROBED);
  assert.equal(ownerProgram([1], 's390x'), undefined);
  assert.equal(ownerProgram([], 'x86_64'), undefined);
});

test('only whole lines of the probe are read', () => {
  const text =
    'page 9 ffffea00001daa40 0\npercpu 4 ffff88800a0 31\nlock 5 ff18 102 ff00 6\nlock 5 1 1 1 1\nlock 8 ff18 x\n\n';
  const waits = decodeProbe(text);
  assert.deepEqual([...waits.keys()], [9, 4, 5]);
  assert.deepEqual(waits.get(4), { type: 'percpu', tid: 4, lock: 'ffff88800a0', writer: 31 });
  assert.deepEqual(waits.get(5), {
    type: 'lock',
    tid: 5,
    list: 0xff18n,
    count: 0x102n,
    owner: 0xff00n,
    ownerTid: 6,
  });
});
