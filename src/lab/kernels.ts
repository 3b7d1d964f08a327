import { HoldwaitError } from '../trace/error.ts';

/** Kernels a lab can boot: stable series that Debian packages, oldest first, and whatever it packages last. */
export const KERNELS = ['5.10', '6.1', '6.12', 'newest'] as const;
export type KernelName = (typeof KERNELS)[number];

export const DEFAULT_KERNEL: KernelName = '6.1';

/** The release all guests' programs come from: the first one whose bpftrace walks maps from a probe. */
export const USERLAND_SUITE = 'trixie';

/** Where one kernel's packages come from. Only meta packages are named: exact versions vanish from the archive. */
export interface KernelSource {
  /** Codename of the release whose kernel packages are taken. */
  readonly suite: string;
  /** That release has a security archive of its own. */
  readonly hasSecurity: boolean;
}

const SOURCES: Readonly<Record<KernelName, KernelSource>> = {
  '5.10': { suite: 'bullseye', hasSecurity: true },
  '6.1': { suite: 'bookworm', hasSecurity: true },
  '6.12': { suite: 'trixie', hasSecurity: true },
  newest: { suite: 'trixie-backports', hasSecurity: false },
};

const ARCHIVE = 'http://deb.debian.org/debian';
const SECURITY_ARCHIVE = 'http://deb.debian.org/debian-security';

/** @throws HoldwaitError (usage) for any other name */
export function parseKernelName(text: string): KernelName {
  const name = KERNELS.find((kernel) => kernel === text);
  if (name === undefined) {
    const hint = `Kernels: ${KERNELS.join(', ')}.`;
    throw new HoldwaitError('usage', 'KERNEL_UNKNOWN', `There is no lab kernel ${text}.`, { hint });
  }
  return name;
}

export function kernelSource(kernel: KernelName): KernelSource {
  return SOURCES[kernel];
}

/** The guest's sources.list: the userland's release and, where it is another one, the kernel's. */
export function formatSourcesList(kernel: KernelName): string {
  const { suite, hasSecurity } = SOURCES[kernel];
  const lines = [
    `deb ${ARCHIVE} ${USERLAND_SUITE} main`,
    `deb ${SECURITY_ARCHIVE} ${USERLAND_SUITE}-security main`,
    `deb ${ARCHIVE} ${suite} main`,
    ...(hasSecurity ? [`deb ${SECURITY_ARCHIVE} ${suite}-security main`] : []),
  ];
  return `${[...new Set(lines)].join('\n')}\n`;
}

/**
 * APT preferences that take the kernel and everything built with it from its own release, newest first. The star also
 * covers the release's security archive.
 */
export function formatPreferences(kernel: KernelName): string {
  return `Package: linux-image-* linux-headers-* linux-kbuild-* linux-compiler-* linux-base
Pin: release n=${SOURCES[kernel].suite}*
Pin-Priority: 990
`;
}
