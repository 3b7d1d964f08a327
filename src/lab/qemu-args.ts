import { KVM_ARGS } from './kvm-probe.ts';
import type { ResolvedLabOptions } from './lab-options.ts';

/** Files of one lab, inside its folder. QEMU runs there, so its sockets' paths cannot become too long. */
export const LAB_FILES = {
  state: 'lab.json',
  lock: '.lock',
  overlay: 'root.qcow2',
  console: 'console.log',
  qemuLog: 'qemu.log',
  serial: 'serial.sock',
  terminalSize: 'terminal-size.sock',
  qmp: 'qmp.sock',
  consoleLock: '.console-lock',
} as const;

export interface QemuSpec {
  readonly options: ResolvedLabOptions;
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly accelerator: 'kvm' | 'tcg';
  readonly sshPort: number;
}

/** Path of the n-th data disk, from 0, inside the lab's folder. */
export function diskFile(index: number): string {
  return `disk${index}.img`;
}

/** QEMU's arguments for a guest whose files lie in the working folder. */
export function buildQemuArgs({ options, kernelPath, initrdPath, accelerator, sshPort }: QemuSpec): string[] {
  return [
    ...['-name', `holdwait-${options.name}`],
    ...(accelerator === 'kvm' ? KVM_ARGS : ['-accel', 'tcg,thread=multi', '-cpu', 'max']),
    ...['-m', `${options.memoryMib}M`, '-smp', String(options.cpus)],
    ...numaArgs(options),
    // A panic reboots (panic=-1), and a reboot ends QEMU: a dead guest never lingers.
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...serialArgs('console', LAB_FILES.serial, `,logfile=${LAB_FILES.console}`),
    ...serialArgs('size', LAB_FILES.terminalSize),
    ...['-qmp', `unix:${LAB_FILES.qmp},server=on,wait=off`],
    ...['-kernel', kernelPath, '-initrd', initrdPath, '-append', kernelCommandLine(options)],
    ...driveArgs(`file=${LAB_FILES.overlay},format=qcow2`),
    ...options.disks.flatMap(({ writeBytesPerSecond: rate }, index) =>
      driveArgs(
        `file=${diskFile(index)},format=raw${rate === undefined ? '' : `,throttling.bps-write=${rate}`}`,
      ),
    ),
    // restrict: the guest sees this one forwarded port and nothing of the host's network.
    ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${sshPort}-10.0.2.15:22`],
    ...['-device', 'virtio-net-pci,netdev=net,romfile=', '-device', 'virtio-rng-pci'],
  ];
}

/** What the guest's kernel is told; the caller's arguments come last, where they win. */
export function kernelCommandLine(options: ResolvedLabOptions): string {
  return [
    'console=ttyS0',
    'root=/dev/vda',
    'init=/usr/lib/holdwait/init',
    'panic=-1',
    'net.ifnames=0',
    // Costs time and protects nothing here.
    'mitigations=off',
    ...options.kernelArgs,
  ].join(' ');
}

function serialArgs(id: string, socket: string, more = ''): string[] {
  return ['-chardev', `socket,id=${id},path=${socket},server=on,wait=off${more}`, '-serial', `chardev:${id}`];
}

/** unsafe: flushes go nowhere, as nothing on these disks outlives the guest. */
function driveArgs(what: string): string[] {
  return ['-drive', `${what},if=virtio,cache=unsafe`];
}

function numaArgs({ numaNodes }: ResolvedLabOptions): string[] {
  return numaNodes.flatMap(({ memoryMib, cpus }, node) => [
    '-object',
    `memory-backend-ram,id=mem${node},size=${memoryMib}M`,
    '-numa',
    `node,nodeid=${node},memdev=mem${node}${cpus === undefined ? '' : `,cpus=${cpus}`}`,
  ]);
}
