import { HoldwaitError } from '../trace/error.ts';
import { DEFAULT_KERNEL, type KernelName, parseKernelName } from './kernels.ts';

/** What a guest is made of. Everything has a default, see resolveLabOptions. */
export interface LabOptions {
  readonly name?: string;
  readonly kernel?: KernelName;
  /** Ignored where numaNodes says how memory is split. */
  readonly memoryMib?: number;
  readonly cpus?: number;
  readonly numaNodes?: readonly NumaNode[];
  /** Appended to the kernel's command line: the last value of an argument wins. */
  readonly kernelArgs?: readonly string[];
  /** Empty disks apart from the root disk, in the guest /dev/vdb and up. */
  readonly disks?: readonly DataDisk[];
}

export interface NumaNode {
  readonly memoryMib: number;
  /** `0-1`; a node may have memory only. */
  readonly cpus?: string;
}

export interface DataDisk {
  readonly sizeMib: number;
  /** Throttles writes. */
  readonly writeBytesPerSecond?: number;
}

export type ResolvedLabOptions = Required<LabOptions>;

export const DEFAULT_LAB_NAME = 'default';

const DEFAULT_MEMORY_MIB = 2048;
const DEFAULT_CPUS = 2;
const DEFAULT_DISKS: readonly DataDisk[] = [{ sizeMib: 1024 }];
const LARGEST_CPUS = 64;
/** Less does not hold the kernel, its headers' page cache and a bpftrace program. */
const SMALLEST_MEMORY_MIB = 512;
/** /dev/vdb to /dev/vdz. */
const MOST_DISKS = 25;

/** Fills in what is not given and checks all of it before anything slow begins. */
export function resolveLabOptions(options: LabOptions = {}): ResolvedLabOptions {
  const numaNodes = options.numaNodes ?? [];
  const resolved: ResolvedLabOptions = {
    name: parseLabName(options.name ?? DEFAULT_LAB_NAME),
    kernel: parseKernelName(options.kernel ?? DEFAULT_KERNEL),
    memoryMib: numaNodes.length === 0 ? (options.memoryMib ?? DEFAULT_MEMORY_MIB) : sumMemory(numaNodes),
    cpus: options.cpus ?? DEFAULT_CPUS,
    numaNodes,
    kernelArgs: options.kernelArgs ?? [],
    disks: options.disks ?? DEFAULT_DISKS,
  };
  checkSizes(resolved);
  return resolved;
}

/** A name becomes a folder and a host name. */
export function parseLabName(text: string): string {
  check(
    /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,31}$/.test(text),
    `${JSON.stringify(text)} cannot name a lab: letters, digits, - and _ only, at most 32.`,
  );
  return text;
}

function checkSizes({ memoryMib, cpus, numaNodes, kernelArgs, disks }: ResolvedLabOptions): void {
  check(
    isWhole(memoryMib, SMALLEST_MEMORY_MIB),
    `A guest needs ${SMALLEST_MEMORY_MIB} MiB of memory or more.`,
  );
  check(isWhole(cpus, 1) && cpus <= LARGEST_CPUS, `A guest has 1 to ${LARGEST_CPUS} CPUs.`);
  for (const node of numaNodes) {
    check(isWhole(node.memoryMib, 1), 'Every NUMA node has at least 1 MiB of memory.');
    check(node.cpus === undefined || /^\d+(-\d+)?$/.test(node.cpus), 'CPUs of a NUMA node: 0 or 0-1.');
  }
  check(
    kernelArgs.every((arg) => /^[\x21-\x7e]+$/.test(arg)),
    'A kernel argument is one word.',
  );
  check(disks.length <= MOST_DISKS, `A guest has at most ${MOST_DISKS} data disks.`);
  check(
    disks.every(
      ({ sizeMib, writeBytesPerSecond: rate }) =>
        isWhole(sizeMib, 1) && (rate === undefined || isWhole(rate, 1)),
    ),
    'Sizes and rates of disks are whole numbers of at least 1.',
  );
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function sumMemory(nodes: readonly NumaNode[]): number {
  return nodes.reduce((sum, node) => sum + node.memoryMib, 0);
}

function check(fine: boolean, message: string): void {
  if (!fine) {
    throw new HoldwaitError('usage', 'LAB_OPTION_INVALID', message, { hint: 'holdwait lab up --help' });
  }
}
