import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_KERNEL, KERNELS, parseKernelName } from '../../../lab/kernels.ts';
import { type DataDisk, DEFAULT_LAB_NAME, type NumaNode } from '../../../lab/lab-options.ts';
import { startLab } from '../../../lab/start-lab.ts';
import { stopAbandonedLabs } from '../../../lab/stop-lab.ts';
import { addExamples } from '../../shared/examples.ts';
import { withInterrupt } from '../../shared/interrupt.ts';
import { showLabProgress } from '../../shared/lab-progress.ts';
import { parseDurationNs, parsePositiveInt, parseSizeBytes } from '../../shared/options.ts';
import { printJson, printNote, printText } from '../../shared/output.ts';
import { createProgress } from '../../shared/progress.ts';
import { describeLab, labFacts } from './describe-lab.ts';

interface UpFlags {
  readonly kernel: string;
  readonly name: string;
  readonly memory?: number;
  readonly cpus?: number;
  readonly numaNode?: readonly NumaNode[];
  readonly kernelArg?: readonly string[];
  readonly disk?: readonly DataDisk[];
  readonly bootTimeout?: number;
  readonly acceptExpired?: boolean;
  readonly json?: boolean;
}

const MIB = 2 ** 20;
const NS_PER_MS = 1e6;

/** `holdwait lab up`: boots a guest that stays until `lab down`. */
export function addUp(lab: Command): void {
  const command = lab
    .command('up')
    .description('boot a guest; builds its image first if there is none')
    .option('--kernel <version>', `kernel of the guest: ${KERNELS.join(', ')}`, DEFAULT_KERNEL)
    .option('--name <name>', 'name of the lab; several can be up', DEFAULT_LAB_NAME)
    .option('--memory <size>', 'memory of the guest; 2G unless given', parseSizeBytes)
    .option('--cpus <n>', 'its CPUs; 2 unless given', parsePositiveInt)
    .option(
      '--numa-node <size[:cpus]>',
      'a NUMA node with its memory and CPUs, e.g. 896M:0-1; repeatable',
      addNode,
    )
    .option('--kernel-arg <word>', 'one more word for the kernel command line; repeatable', addWord)
    .option(
      '--disk <size[,bps]>',
      'an empty data disk, writes throttled to bps (bytes a second), e.g. 256M,1M; repeatable',
      addDisk,
    )
    .option('--boot-timeout <duration>', 'longest time for the boot; 120s unless given', parseDurationNs)
    .option('--accept-expired', 'use package lists that are past their expiry date')
    .option('--json', 'print the lab as data')
    .action((flags: UpFlags) => withInterrupt((signal) => runUp(flags, signal)));
  addExamples(command, [
    ['holdwait lab up', 'a guest with the default kernel'],
    ['holdwait lab up --kernel 6.12 --name second --memory 4G', 'another one beside it'],
    [
      'holdwait lab up --numa-node 896M:0-1 --numa-node 128M --kernel-arg hung_task_panic=1 --disk 1G --disk 256M,1M',
      'two memory nodes, and two data disks of which one is slow',
    ],
  ]);
}

async function runUp(flags: UpFlags, signal: AbortSignal): Promise<void> {
  for (const name of await stopAbandonedLabs()) {
    printNote(`ended the guest ${name}, which a killed command had left`);
  }
  const progress = createProgress();
  try {
    const lab = await startLab({
      name: flags.name,
      kernel: parseKernelName(flags.kernel),
      memoryMib: flags.memory === undefined ? undefined : Math.round(flags.memory / MIB),
      cpus: flags.cpus,
      numaNodes: flags.numaNode,
      kernelArgs: flags.kernelArg,
      disks: flags.disk,
      bootTimeoutMs: flags.bootTimeout === undefined ? undefined : flags.bootTimeout / NS_PER_MS,
      acceptExpired: flags.acceptExpired,
      signal,
      onProgress: showLabProgress(progress),
    });
    progress.end();
    flags.json ? printJson(labFacts(lab)) : printText(describeLab(lab));
  } finally {
    progress.end();
  }
}

function addWord(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function addNode(text: string, before: readonly NumaNode[] = []): readonly NumaNode[] {
  const [size, cpus] = text.split(':');
  return [...before, { memoryMib: parseMib(size!), ...(cpus !== undefined && { cpus }) }];
}

function addDisk(text: string, before: readonly DataDisk[] = []): readonly DataDisk[] {
  const [size, rate] = text.split(',');
  return [
    ...before,
    { sizeMib: parseMib(size!), ...(rate !== undefined && { writeBytesPerSecond: parseSizeBytes(rate) }) },
  ];
}

function parseMib(text: string): number {
  const bytes = parseSizeBytes(text);
  if (bytes < MIB || bytes % MIB !== 0) {
    throw new InvalidArgumentError('Whole MiB are needed, e.g. 256M or 1G.');
  }
  return bytes / MIB;
}
