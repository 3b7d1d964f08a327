import type { ImageManifest } from './image.ts';
import type { Scenario } from './scenario.ts';
import { isInRange } from './version-range.ts';

type KernelFacts = Pick<ImageManifest, 'kernelRelease' | 'memoryCgroupV1' | 'modules' | 'packages'>;

/** Why a scenario cannot happen on an image's kernel; undefined = as far as is known it can. */
export function findNotAffected(scenario: Scenario, kernel: KernelFacts): string | undefined {
  return (
    findRange(scenario, exactVersion(kernel)) ?? findNeed(scenario, kernel) ?? findModule(scenario, kernel)
  );
}

/**
 * The release with its stable update, `6.1.192`. Debian's `uname -r` may stop at `6.1.0` and an ABI number: then only the
 * version of the kernel's package says it.
 */
export function exactVersion({
  kernelRelease,
  packages,
}: Pick<KernelFacts, 'kernelRelease' | 'packages'>): string {
  const version = packages[`linux-image-${kernelRelease}`] ?? kernelRelease;
  return /^[\d.]+/.exec(version)?.[0] ?? version;
}

function findRange({ notAffected }: Scenario, version: string): string | undefined {
  return notAffected.find((range) => isInRange(version, range))?.reason;
}

function findNeed({ needs }: Scenario, { memoryCgroupV1 }: KernelFacts): string | undefined {
  return needs.includes('memory-cgroup-v1') && !memoryCgroupV1
    ? 'built without version 1 memory cgroups'
    : undefined;
}

/** A module's folder says which kernels it is for; the image's manifest knows it by that folder's name. */
function findModule({ module, controlModule }: Scenario, { modules }: KernelFacts): string | undefined {
  const skipped = [module, controlModule].find((wanted) =>
    Object.entries(modules).some(
      ([folder, built]) => built === 'skipped' && folder.replaceAll('-', '_') === wanted?.name,
    ),
  );
  return skipped === undefined ? undefined : `the module ${skipped.name} is not for this kernel`;
}
