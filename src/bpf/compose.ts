import type { HookInfo } from '../trace/capture-info.ts';
import { HoldwaitError } from '../trace/error.ts';
import { isAtLeast } from './kernel-version.ts';
import {
  type AttachPoint,
  namesKernelFunction,
  type Script,
  type ScriptBlock,
  scriptForKernel,
} from './script.ts';

/** What the program depends on, of the kernel it will run on. */
export interface KernelFit {
  readonly release: string;
  /** Functions that can be traced, out of those the scripts name; undefined = could not be read, take all as given. */
  readonly traceable: ReadonlySet<string> | undefined;
}

export interface ComposeOptions {
  /** Shortest wait worth a record, ms; 0 = every wait. */
  readonly thresholdMs: number;
  /** Entries each map can hold; a full map is counted as loss `map_full`. */
  readonly mapKeys: number;
}

export interface Program {
  readonly text: string;
  /** Names of those that run, which may be stand-ins for this kernel. */
  readonly scripts: readonly string[];
  /** One entry per function that a script names: the symbol used, or why none can be. */
  readonly hooks: readonly HookInfo[];
  readonly probeCount: number;
}

/**
 * Joins scripts into the one program that bpftrace runs (one process, one stream, one clock), with each function under
 * the name it has on the target's kernel. A script gives way to its stand-in for older kernels. Blocks that the kernel cannot run and that say they are optional are left out;
 * every function left out is in `hooks` with its reason.
 *
 * @throws HoldwaitError `HOOK_MISSING` if a block that is not optional has no function to attach to,
 *   `KERNEL_NEEDS_EXACT_MODE` for a threshold on a kernel that cannot walk maps
 */
export function composeProgram(
  chosen: readonly Script[],
  kernel: KernelFit,
  options: ComposeOptions,
): Program {
  const walks = isAtLeast(kernel.release, 5, 13);
  if (!walks && options.thresholdMs > 0) {
    throw new HoldwaitError(
      'target',
      'KERNEL_NEEDS_EXACT_MODE',
      `kernel ${kernel.release} cannot walk a BPF map (5.13 can), which a threshold needs`,
      { hint: 'Record every wait instead: add `--threshold 0`.' },
    );
  }
  const scripts = chosen.map((script) => scriptForKernel(script, kernel.release));
  const hooks = new Map<string, HookInfo>();
  const blocks = scripts.flatMap((script) =>
    script.blocks
      .filter((block) => walks || !block.walksMap)
      .flatMap((block) => fitBlock(script.name, block, kernel, hooks)),
  );
  // Larger objects than the limit are built in memory that a CPU's probes share: where the kernel preempts a probe, the next
  // one writes over its half-built record.
  const config = `config = { max_map_keys = ${options.mapKeys}; print_maps_on_exit = 0; on_stack_limit = 256 }`;
  const text = [config, ...blocks.map((block) => block.text)]
    .join('\n\n')
    .replaceAll('$1', String(options.thresholdMs));
  return {
    text: `${text}\n`,
    scripts: scripts.map(({ name }) => name),
    hooks: [...hooks.values()],
    probeCount: blocks.reduce((sum, block) => sum + block.probes, 0),
  };
}

/** The block under this kernel's names, or nothing where it cannot be attached and need not be. */
function fitBlock(
  script: string,
  block: ScriptBlock,
  kernel: KernelFit,
  hooks: Map<string, HookInfo>,
): { text: string; probes: number }[] {
  const points: string[] = [];
  for (const point of block.attachPoints) {
    const name = namesKernelFunction(point) ? chooseName(point, kernel) : point.names[0];
    if (namesKernelFunction(point)) {
      const reason = `${point.names.join(' or ')}: not traceable on ${kernel.release}`;
      hooks.set(point.names[0]!, { hook: point.names[0]!, symbol: name, ...(name ? {} : { reason }) });
    }
    if (name !== undefined) {
      points.push(name === '' ? point.type : `${point.type}:${name}`);
    }
  }
  if (points.length === 0 && !block.optional) {
    const wanted = block.attachPoints.map((point) => point.names.join(' or ')).join(', ');
    throw new HoldwaitError(
      'target',
      'HOOK_MISSING',
      `script ${script} needs ${wanted}, which kernel ${kernel.release} does not let us trace`,
      { hint: '`holdwait doctor TARGET` lists what this kernel offers; `--scripts` chooses others.' },
    );
  }
  const comment = block.comment === '' ? '' : `${block.comment}\n`;
  return points.length === 0
    ? []
    : [{ text: `${comment}${points.join(', ')}\n${block.body}`, probes: points.length }];
}

function chooseName(point: AttachPoint, kernel: KernelFit): string | undefined {
  const { traceable } = kernel;
  return traceable === undefined ? point.names[0] : point.names.find((name) => traceable.has(name));
}
