/** What one tree is made of. Paths are relative to the work folder, which is mmdebstrap's working folder. */
export interface TreeSpec {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Lines of a dpkg.cfg. */
  readonly dpkgOptions: readonly string[];
  readonly kernel: string;
  readonly acceptExpired: boolean;
  /** `unshare` writes a tar file, because only its own user namespace could read the tree. */
  readonly mode: 'root' | 'unshare';
}

/** The work folder's contents: written before mmdebstrap runs, or by it. */
export const WORK = {
  sourcesList: 'sources.list',
  preferences: 'holdwait',
  /** Copied into the tree's /usr/lib once its packages are installed. */
  staging: 'staging/holdwait',
  tree: 'tree',
  treeArchive: 'tree.tar',
  /** What customize.sh hands out. */
  out: 'out',
} as const;

const INSIDE = '/usr/lib/holdwait';

/** Arguments of mmdebstrap that make a guest's tree from the work folder. */
export function buildMmdebstrapArgs(spec: TreeSpec): string[] {
  return [
    '--variant=minbase',
    `--mode=${spec.mode}`,
    `--format=${spec.mode === 'root' ? 'directory' : 'tar'}`,
    `--include=${spec.packages.join(',')}`,
    '--skip=check/empty',
    // One by one: a file could not be read from another user namespace.
    ...spec.dpkgOptions.map((option) => `--dpkgopt=${option}`),
    ...(spec.acceptExpired ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : []),
    '--setup-hook=mkdir -p "$1/etc/apt/preferences.d"',
    `--setup-hook=copy-in ${WORK.preferences} /etc/apt/preferences.d`,
    `--customize-hook=copy-in ${WORK.staging} /usr/lib`,
    `--customize-hook=chroot "$1" sh ${INSIDE}/image/customize.sh ${spec.kernel}`,
    `--customize-hook=copy-out ${INSIDE}/out .`,
    `--customize-hook=rm -rf "$1${INSIDE}/out"`,
    spec.suite,
    spec.mode === 'root' ? WORK.tree : WORK.treeArchive,
    WORK.sourcesList,
  ];
}
