import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LabOptions, resolveLabOptions } from '../../../src/lab/lab-options.ts';
import { buildQemuArgs } from '../../../src/lab/qemu-args.ts';

test('a guest by default', () => {
  const args = argsOf({});
  assert.deepEqual(valuesOf(args, '-m'), ['2048M']);
  assert.deepEqual(valuesOf(args, '-accel'), ['tcg,thread=multi']);
  assert.deepEqual(valuesOf(args, '-drive'), [
    'file=root.qcow2,format=qcow2,if=virtio,cache=unsafe',
    'file=disk0.img,format=raw,if=virtio,cache=unsafe',
  ]);
  assert.ok(args.includes('-no-reboot'));
  assert.match(valuesOf(args, '-netdev')[0]!, /restrict=on,hostfwd=tcp:127\.0\.0\.1:2222-/);
});

test('NUMA nodes add up to the memory, and one may have no CPU', () => {
  const args = argsOf({ numaNodes: [{ memoryMib: 896, cpus: '0-1' }, { memoryMib: 128 }] });
  assert.deepEqual(valuesOf(args, '-m'), ['1024M']);
  assert.deepEqual(valuesOf(args, '-numa'), [
    'node,nodeid=0,memdev=mem0,cpus=0-1',
    'node,nodeid=1,memdev=mem1',
  ]);
});

test('a throttled disk, and kernel arguments that win over the own ones', () => {
  const args = argsOf({
    disks: [{ sizeMib: 1 }, { sizeMib: 2, writeBytesPerSecond: 1_048_576 }],
    kernelArgs: ['panic=5'],
  });
  assert.match(valuesOf(args, '-drive')[2]!, /disk1\.img.*throttling\.bps-write=1048576/);
  assert.match(valuesOf(args, '-append')[0]!, / panic=-1 .* panic=5$/);
});

test('what makes no sense is refused before anything starts', () => {
  const bad: LabOptions[] = [
    { name: '../up' },
    { name: '' },
    { name: 'x'.repeat(33) },
    { memoryMib: 128 },
    { memoryMib: 1024.5 },
    { cpus: 0 },
    { cpus: 1000 },
    { kernelArgs: ['two words'] },
    { numaNodes: [{ memoryMib: 1024, cpus: '0,memdev=x' }] },
    { disks: [{ sizeMib: 0 }] },
    { disks: [{ sizeMib: 1, writeBytesPerSecond: 0 }] },
  ];
  for (const options of bad) {
    assert.throws(() => resolveLabOptions(options), { code: 'LAB_OPTION_INVALID' }, JSON.stringify(options));
  }
});

function argsOf(options: LabOptions): string[] {
  const paths = { kernelPath: '/vmlinuz', initrdPath: '/initrd' };
  return buildQemuArgs({
    options: resolveLabOptions(options),
    ...paths,
    accelerator: 'tcg',
    sshPort: 2222,
  });
}

function valuesOf(args: readonly string[], name: string): string[] {
  return args.filter((_, index) => args[index - 1] === name);
}
