import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { HoldwaitError } from '../trace/error.ts';
import { KERNELS, type KernelName } from './kernels.ts';
import { imagesFolder } from './paths.ts';
import { hashRecipe } from './recipe.ts';

/** Everything that went into an image, as it is written beside it. */
export interface ImageManifest {
  readonly schema: 'holdwait.lab-image/1';
  readonly kernel: KernelName;
  /** `uname -r` of the guest. */
  readonly kernelRelease: string;
  readonly recipeHash: string;
  readonly architecture: string;
  readonly compiler: string;
  readonly bpftrace: string;
  readonly memoryCgroupV1: boolean;
  /** Name of each folder of vm/modules → was it for this kernel. */
  readonly modules: Readonly<Record<string, 'built' | 'skipped'>>;
  /** Debian package → version. */
  readonly packages: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly builtAt: string;
  readonly buildMs: number;
}

export interface LabImage {
  readonly folder: string;
  /** ext4, raw and sparse; never written to after the build. */
  readonly rootPath: string;
  readonly kernelPath: string;
  readonly initrdPath: string;
  readonly privateKeyPath: string;
  /** Line of the guest's SSH host key: type, base64, comment. */
  readonly hostKeyPath: string;
  readonly manifest: ImageManifest;
}

/** Folder of the lab's sources. */
export function vmFolder(): string {
  return join(packageRoot(), 'vm');
}

/** Where the image of today's recipe is, or will be. */
export function imageFolder(kernel: KernelName): string {
  return join(imagesFolder(), `${kernel}-${hashRecipe(kernel, vmFolder())}`);
}

/** The image of today's recipe, if it is built. */
export function tryFindImage(kernel: KernelName): LabImage | undefined {
  const folder = imageFolder(kernel);
  return existsSync(join(folder, 'manifest.json')) ? loadImage(folder) : undefined;
}

/** @throws HoldwaitError (target, IMAGE_BROKEN) if the folder's manifest cannot be read */
export function loadImage(folder: string): LabImage {
  return {
    folder,
    rootPath: join(folder, 'root.img'),
    kernelPath: join(folder, 'vmlinuz'),
    initrdPath: join(folder, 'initrd'),
    privateKeyPath: join(folder, 'client_key'),
    hostKeyPath: join(folder, 'host_key.pub'),
    manifest: readManifest(folder),
  };
}

/** Folders of images that no recipe of today makes. */
export function listOutdatedImages(): string[] {
  const current = new Set(KERNELS.map(imageFolder));
  const folder = imagesFolder();
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder)
    .filter((name) => KERNELS.some((kernel) => name.startsWith(`${kernel}-`)))
    .map((name) => join(folder, name))
    .filter((path) => !current.has(path));
}

/** Deletes images, except those a caller still boots from. */
export function removeImages(folders: readonly string[], inUse: ReadonlySet<string>): string[] {
  const removed = folders.filter((folder) => !inUse.has(folder));
  for (const folder of removed) {
    rmSync(folder, { recursive: true, force: true });
  }
  return removed;
}

function readManifest(folder: string): ImageManifest {
  const path = join(folder, 'manifest.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const hint = `Delete ${folder} and run: holdwait lab build`;
    throw new HoldwaitError('target', 'IMAGE_BROKEN', `${path} cannot be read.`, { hint, cause });
  }
}
