import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { HoldwaitError } from '../trace/error.ts';
import { explainBuildFailure, lastLines, readTail } from './build-log.ts';
import { findProgram } from './find-program.ts';
import { type ImageManifest, type LabImage, loadImage, tryFindImage, vmFolder } from './image.ts';
import { readImageFacts } from './image-facts.ts';
import { formatPreferences, formatSourcesList, type KernelName, USERLAND_SUITE } from './kernels.ts';
import { withLock } from './lock.ts';
import { buildMmdebstrapArgs, WORK } from './mmdebstrap-args.ts';
import { imagesFolder } from './paths.ts';
import { type LabStep, type OnLabProgress, withStep } from './progress.ts';
import { hashRecipe, listRecipeFiles, readPackageList } from './recipe.ts';
import { runLogged } from './run-logged.ts';

export interface BuildImageOptions {
  /** Use package lists that are past their expiry date. */
  readonly acceptExpired?: boolean;
  /** Build even if the image of today's recipe is there. */
  readonly rebuild?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnLabProgress;
}

const NEEDED_BYTES = 3 * 2 ** 30;
/** Sparse: what a scenario does not write costs nothing. */
const ROOT_SIZE = '4G';
const LOG_POLL_MS = 500;

/**
 * The kernel's image of today's recipe; built if it is not there. Interrupting it leaves nothing behind.
 *
 * @throws HoldwaitError (target) with the log's last lines if the build fails
 */
export async function ensureImage(kernel: KernelName, options: BuildImageOptions = {}): Promise<LabImage> {
  const found = options.rebuild ? undefined : tryFindImage(kernel);
  if (found !== undefined) {
    return found;
  }
  for (const program of ['mmdebstrap', 'mke2fs']) {
    findProgram(program);
  }
  await requireSpace(imagesFolder());
  const onBusy = ({ pid }: { pid: number }): void =>
    options.onProgress?.({
      type: 'step-begin',
      step: 'wait-for-build',
      label: `waiting for process ${pid}, which builds the same image`,
    });
  return withLock(join(imagesFolder(), `.lock-${kernel}`), { signal: options.signal, onBusy }, async () => {
    // Another process may have built it while this one waited.
    const built = options.rebuild ? undefined : tryFindImage(kernel);
    return built ?? buildImage(kernel, options);
  });
}

async function buildImage(kernel: KernelName, options: BuildImageOptions): Promise<LabImage> {
  const beganMs = performance.now();
  const recipeHash = hashRecipe(kernel, vmFolder());
  removeUnfinished(kernel);
  const work = join(imagesFolder(), `.build-${kernel}-${process.pid}`);
  const run = createRunner(work, kernel, options);
  try {
    writeWorkFolder(work, kernel);
    await makeTree(run, kernel, options);
    await makeFileSystem(run, options);
    const buildMs = Math.round(performance.now() - beganMs);
    return publish(work, kernel, recipeHash, buildMs);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Runs one program of the build; its output goes to the log, which outlives a failed build. */
type Runner = (step: LabStep, program: string, args: readonly string[]) => Promise<void>;

function createRunner(work: string, kernel: KernelName, { signal, onProgress }: BuildImageOptions): Runner {
  const logPath = join(imagesFolder(), `build-${kernel}.log`);
  rmSync(logPath, { force: true });
  return async (step, program, args) => {
    const timer = setInterval(() => reportLog(logPath, step, onProgress), LOG_POLL_MS);
    try {
      const status = await runLogged(findProgram(program), args, { cwd: work, logPath, signal });
      if (status !== 0) {
        throw explainBuildFailure(program, logPath, kernel);
      }
    } finally {
      clearInterval(timer);
    }
  };
}

function reportLog(logPath: string, step: LabStep, onProgress: OnLabProgress | undefined): void {
  const [line] = lastLines(readTail(logPath, 4096), 1);
  if (line !== undefined) {
    onProgress?.({ type: 'step-detail', step, text: line.replace(/^I: /, '') });
  }
}

function writeWorkFolder(work: string, kernel: KernelName): void {
  const vm = vmFolder();
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, WORK.sourcesList), formatSourcesList(kernel));
  writeFileSync(join(work, WORK.preferences), formatPreferences(kernel));
  for (const path of listRecipeFiles(vm)) {
    const target = path.startsWith('image/') ? path : join('src', path);
    const copy = join(work, WORK.staging, target);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(join(vm, path), copy);
  }
}

async function makeTree(run: Runner, kernel: KernelName, options: BuildImageOptions): Promise<void> {
  const args = buildMmdebstrapArgs({
    suite: USERLAND_SUITE,
    packages: [
      ...readPackageList(join(vmFolder(), 'image/packages.txt')),
      'linux-image-amd64',
      'linux-headers-amd64',
    ],
    dpkgOptions: readPackageList(join(vmFolder(), 'image/dpkg.cfg')),
    kernel,
    acceptExpired: options.acceptExpired === true,
    mode: isRoot() ? 'root' : 'unshare',
  });
  const label = `installing Debian ${USERLAND_SUITE} with kernel ${kernel}`;
  await withStep(options.onProgress, 'install', label, () => run('install', 'mmdebstrap', args));
}

/**
 * Packs the tree into an ext4 image without mounting it. Without root the tree's owners exist only in a user namespace,
 * so the archive is unpacked and packed there; /dev is left out, as the guest's kernel fills it.
 */
async function makeFileSystem(run: Runner, { onProgress }: BuildImageOptions): Promise<void> {
  // A fresh overlay lies over this image at every boot: a journal and checksums would only cost time.
  const mke2fs = `${findProgram('mke2fs')} -q -F -t ext4 -O ^has_journal,^metadata_csum -m 0 -E root_owner=0:0 -d ${WORK.tree} root.img ${ROOT_SIZE}`;
  const unpack = `mkdir ${WORK.tree} && tar -C ${WORK.tree} --exclude='./dev/*' -xpf ${WORK.treeArchive}`;
  await withStep(onProgress, 'file-system', 'packing the root file system', () =>
    isRoot()
      ? run('file-system', 'sh', ['-c', mke2fs])
      : run('file-system', 'unshare', [
          '--map-root-user',
          '--map-auto',
          'sh',
          '-c',
          `${unpack} && ${mke2fs} && rm -rf ${WORK.tree}`,
        ]),
  );
}

/** Moves what was built to its place in one step: an image is there whole or not at all. */
function publish(work: string, kernel: KernelName, recipeHash: string, buildMs: number): LabImage {
  const out = join(work, WORK.out);
  renameSync(join(work, 'root.img'), join(out, 'root.img'));
  const manifest: ImageManifest = {
    schema: 'holdwait.lab-image/1',
    kernel,
    recipeHash,
    architecture: arch(),
    ...readImageFacts(out),
    builtAt: new Date().toISOString(),
    buildMs,
  };
  writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  chmodSync(join(out, 'client_key'), 0o600);
  for (const name of ['facts.txt', 'modules.txt', 'packages.txt']) {
    rmSync(join(out, name));
  }
  const folder = join(imagesFolder(), `${kernel}-${recipeHash}`);
  rmSync(folder, { recursive: true, force: true });
  renameSync(out, folder);
  return loadImage(folder);
}

/** The lock is held, so a work folder of this kernel belongs to a build that was killed. */
function removeUnfinished(kernel: KernelName): void {
  for (const name of readdirSync(imagesFolder())) {
    if (name.startsWith(`.build-${kernel}-`)) {
      rmSync(join(imagesFolder(), name), { recursive: true, force: true });
    }
  }
}

async function requireSpace(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < NEEDED_BYTES) {
    const message = `Building an image needs 3 GiB in ${folder}; ${Math.round((bavail * bsize) / 2 ** 20)} MiB are free.`;
    const hint = 'Set XDG_CACHE_HOME to a folder on a larger disk, or: holdwait lab rm --images';
    throw new HoldwaitError('target', 'DISK_FULL', message, { hint });
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
