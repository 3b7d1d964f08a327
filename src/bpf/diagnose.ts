import type { HookInfo } from '../trace/capture-info.ts';
import { HoldwaitError } from '../trace/error.ts';
import { type ComposeOptions, composeProgram } from './compose.ts';
import { isAtLeast } from './kernel-version.ts';
import { namesKernelFunction, type Script } from './script.ts';
import { BPFTRACE_FLOOR, isVersionAtLeast, type TargetFacts } from './target-facts.ts';

/** One thing the doctor looked at. `blocking`: a capture cannot work as long as this is so. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'blocking';
  readonly text: string;
  readonly hint?: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly hooks: readonly HookInfo[];
  /** False = the main job cannot work on this target. */
  readonly works: boolean;
}

/** Every kernel function that the scripts, and what stands in for them on older kernels, name under any of its names. */
export function listScriptFunctions(scripts: readonly Script[]): readonly string[] {
  const files = scripts.flatMap((script) => [
    script,
    ...(script.variants ?? []).map((variant) => variant.script),
  ]);
  const points = files.flatMap((script) => script.blocks.flatMap((block) => block.attachPoints));
  return [...new Set(points.filter(namesKernelFunction).flatMap((point) => point.names))];
}

/** Judges, from the facts alone, whether a capture with these scripts can work. */
export function diagnose(facts: TargetFacts, scripts: readonly Script[], options: ComposeOptions): Diagnosis {
  const findings = [
    checkKernel(facts),
    checkPrivilege(facts),
    checkBtf(facts),
    checkBpftrace(facts),
    checkLockdown(facts),
    checkFunctionList(facts),
  ];
  try {
    const program = composeProgram(scripts, { release: facts.kernelRelease, ...facts }, options);
    findings.push({ name: 'scripts', state: 'ok', text: program.scripts.join(', ') });
    return { findings, hooks: program.hooks, works: findings.every(({ state }) => state !== 'blocking') };
  } catch (error) {
    if (!(error instanceof HoldwaitError)) {
      throw error;
    }
    return { findings: [...findings, fromError(error)], hooks: [], works: false };
  }
}

function checkKernel({ kernelRelease, machine }: TargetFacts): Finding {
  const text = `${kernelRelease} on ${machine}`;
  return isAtLeast(kernelRelease, 5, 13)
    ? { name: 'kernel', state: 'ok', text }
    : {
        name: 'kernel',
        state: 'warning',
        text: `${text}: cannot walk a BPF map, so no threshold`,
        hint: 'Capture with `--threshold 0`: every wait is recorded.',
      };
}

function checkPrivilege({ uid }: TargetFacts): Finding {
  return uid === 0
    ? { name: 'privileges', state: 'ok', text: 'root' }
    : {
        name: 'privileges',
        state: 'blocking',
        text: `user ${uid}`,
        hint: 'Tracing needs root: `root@HOST`, or sudo.',
      };
}

function checkBtf({ hasBtf }: TargetFacts): Finding {
  return hasBtf
    ? { name: 'BTF', state: 'ok', text: '/sys/kernel/btf/vmlinux' }
    : {
        name: 'BTF',
        state: 'blocking',
        text: 'this kernel carries no type information (CONFIG_DEBUG_INFO_BTF)',
        hint: 'Boot a kernel built with it: the stock kernels of Debian 11, Ubuntu 20.10, RHEL 8.2 and later have it.',
      };
}

function checkBpftrace({ bpftraceVersion }: TargetFacts): Finding {
  const hint = `Install bpftrace ${BPFTRACE_FLOOR} or later on the target (Debian 13 has 0.23, Debian 12 is too old).`;
  if (bpftraceVersion === undefined) {
    return { name: 'bpftrace', state: 'blocking', text: 'not installed', hint };
  }
  return isVersionAtLeast(bpftraceVersion, BPFTRACE_FLOOR)
    ? { name: 'bpftrace', state: 'ok', text: bpftraceVersion }
    : { name: 'bpftrace', state: 'blocking', text: `${bpftraceVersion} is too old`, hint };
}

function checkLockdown({ lockdown }: TargetFacts): Finding {
  return lockdown === 'confidentiality'
    ? {
        name: 'lockdown',
        state: 'blocking',
        text: 'confidentiality: BPF may not read kernel memory',
        hint: 'Boot without `lockdown=confidentiality`.',
      }
    : { name: 'lockdown', state: 'ok', text: lockdown ?? 'none' };
}

function checkFunctionList({ traceable }: TargetFacts): Finding {
  return traceable === undefined
    ? {
        name: 'tracefs',
        state: 'warning',
        text: 'the list of traceable functions cannot be read: hooks are taken on trust',
        hint: 'On the target: `mount -t tracefs tracefs /sys/kernel/tracing`.',
      }
    : {
        name: 'tracefs',
        state: 'ok',
        text: `${traceable.size} of the functions that the scripts name can be traced`,
      };
}

function fromError(error: HoldwaitError): Finding {
  return {
    name: 'scripts',
    state: 'blocking',
    text: error.message,
    ...(error.hint ? { hint: error.hint } : {}),
  };
}
