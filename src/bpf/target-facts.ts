import type { Target } from '../target/target.ts';
import { HoldwaitError } from '../trace/error.ts';

/** What the capture and the doctor need to know of a target before anything is attached. */
export interface TargetFacts {
  readonly hostname: string;
  readonly kernelRelease: string;
  readonly kernelVersion: string;
  readonly machine: string;
  readonly bootId: string;
  readonly uid: number;
  readonly hasBtf: boolean;
  /** `0.23.2`; undefined = bpftrace is not installed. */
  readonly bpftraceVersion: string | undefined;
  /** `none`, `integrity`, `confidentiality`; undefined = the kernel has no lockdown. */
  readonly lockdown: string | undefined;
  /** Those of the asked-for functions that can be traced; undefined = the kernel's list cannot be read. */
  readonly traceable: ReadonlySet<string> | undefined;
  /** Names of block devices by `major:minor`. */
  readonly deviceNames: ReadonlyMap<string, string>;
}

/** Three seconds of work for an emulated CPU; a machine in trouble, or two guests on one host, take many times that. */
const SLOW_MACHINE_MS = 120_000;

/** The first bpftrace with has_key() and two-argument delete(), which the scripts use. */
export const BPFTRACE_FLOOR = '0.22';

/**
 * Asks the target in one command. Functions are those the scripts name.
 *
 * @throws HoldwaitError `TARGET_NOT_LINUX` if the answers make no sense, and whatever Target.run throws
 */
export async function readTargetFacts(
  target: Target,
  functions: readonly string[],
  signal?: AbortSignal,
): Promise<TargetFacts> {
  const { stdout, stderr } = await target.run(factsCommand(functions), {
    privileged: true,
    signal,
    timeoutMs: SLOW_MACHINE_MS,
  });
  const sections = parseSections(stdout);
  const [kernelRelease, machine] = (sections.get('uname') ?? '').split(' ');
  if (!kernelRelease || !machine) {
    throw new HoldwaitError(
      'target',
      'TARGET_NOT_LINUX',
      `${target.name} does not answer like a Linux machine`,
      {
        hint: `It said: ${(stderr || stdout).trim().slice(0, 200) || 'nothing'}`,
      },
    );
  }
  const list = sections.get('traceable');
  return {
    hostname: sections.get('hostname') ?? '',
    kernelRelease,
    kernelVersion: sections.get('version') ?? '',
    machine,
    bootId: sections.get('boot_id') ?? '',
    uid: Number(sections.get('uid')),
    hasBtf: sections.get('btf') === 'yes',
    bpftraceVersion: /v(\d+\.\d+(?:\.\d+)?)/.exec(sections.get('bpftrace') ?? '')?.[1],
    lockdown: /\[(\w+)\]/.exec(sections.get('lockdown') ?? '')?.[1],
    traceable: list === undefined ? undefined : new Set(list.split('\n').filter((name) => name !== '')),
    deviceNames: parsePartitions(sections.get('partitions') ?? ''),
  };
}

/**
 * A module's function counts only where the module brings its types (5.11 and later): without them no argument can be read.
 * One shell command, so that a machine in trouble forks as little as possible. Each answer follows a `== name` line.
 */
function factsCommand(functions: readonly string[]): string {
  const pattern = `^(${functions.join('|')})( |$)`;
  return `
say() { echo "== $1"; }
say uname; uname -rm
say version; uname -v
say hostname; cat /proc/sys/kernel/hostname
say boot_id; cat /proc/sys/kernel/random/boot_id
say uid; id -u
say btf; [ -r /sys/kernel/btf/vmlinux ] && echo yes
say bpftrace; bpftrace --version 2>/dev/null
say lockdown; cat /sys/kernel/security/lockdown 2>/dev/null
say partitions; cat /proc/partitions
for f in /sys/kernel/tracing /sys/kernel/debug/tracing; do
  [ -r $f/available_filter_functions ] || continue
  say traceable
  grep -E '${pattern}' $f/available_filter_functions | while read -r name module; do
    module=\${module#[}
    [ -z "$module" ] || [ -e "/sys/kernel/btf/\${module%]}" ] && echo "$name"
  done
  break
done
true`;
}

function parseSections(text: string): Map<string, string> {
  const sections = new Map<string, string>();
  for (const part of text.split(/^== /m).slice(1)) {
    const end = part.indexOf('\n');
    sections.set(part.slice(0, end), part.slice(end + 1).trim());
  }
  return sections;
}

function parsePartitions(text: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const match of text.matchAll(/^\s*(\d+)\s+(\d+)\s+\d+\s+(\S+)$/gm)) {
    names.set(`${match[1]}:${match[2]}`, match[3]!);
  }
  return names;
}

/** Compares `0.23.2` with a floor of the same form, number by number. */
export function isVersionAtLeast(version: string, floor: string): boolean {
  const have = version.split('.').map(Number);
  const need = floor.split('.').map(Number);
  for (let i = 0; i < need.length; i++) {
    const difference = (have[i] ?? 0) - need[i]!;
    if (difference !== 0) {
      return difference > 0;
    }
  }
  return true;
}
