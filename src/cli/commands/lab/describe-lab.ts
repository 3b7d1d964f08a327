import { type LabState, labCondition, labFile } from '../../../lab/lab-state.ts';

/** A lab as data: what it is, whether it runs and how it is reached. */
export function labFacts(lab: LabState) {
  const { name, kernelRelease, accelerator, acceleratorReason, sshPort, startedAt, bootMs, options } = lab;
  return {
    name,
    condition: labCondition(lab),
    kernel: options.kernel,
    kernelRelease,
    accelerator,
    acceleratorReason,
    pid: lab.qemu.pid,
    ssh: sshCommand(lab),
    sshPort,
    startedAt,
    bootMs,
    consoleLog: labFile(name, 'console'),
    options,
  };
}

/** A lab for a person, with the commands that come next. */
export function describeLab(lab: LabState): string {
  const { name, options, accelerator, acceleratorReason, bootMs } = lab;
  const argument = name === 'default' ? '' : ` ${name}`;
  const condition = labCondition(lab);
  const booted = bootMs === undefined ? '' : `, booted in ${(bootMs / 1000).toFixed(1)} s`;
  const how = accelerator === 'kvm' ? 'KVM' : `emulated, as KVM does not work: ${acceleratorReason}`;
  const next = `  shell     holdwait lab ssh${argument}\n  capture   holdwait capture lab${name === 'default' ? '' : `:${name}`}`;
  return [
    `lab ${name} is ${condition}${booted}`,
    `  kernel    ${lab.kernelRelease}`,
    `  machine   ${options.cpus} CPUs, ${options.memoryMib} MiB, ${how}`,
    `  disks     ${options.disks.map(({ sizeMib }, index) => `/dev/vd${String.fromCharCode(98 + index)} ${sizeMib} MiB`).join(', ') || 'none'}`,
    condition === 'up' ? next : `  console   holdwait lab logs${argument}`,
  ].join('\n');
}

/** The plain ssh command that reaches a guest. */
export function sshCommand(lab: LabState): string {
  return `ssh -i ${lab.privateKeyPath} -p ${lab.sshPort} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no root@127.0.0.1`;
}
