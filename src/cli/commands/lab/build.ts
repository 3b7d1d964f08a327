import type { Command } from 'commander';
import { ensureImage } from '../../../lab/build-image.ts';
import {
  imageFolder,
  type LabImage,
  listOutdatedImages,
  removeImages,
  tryFindImage,
  vmFolder,
} from '../../../lab/image.ts';
import {
  DEFAULT_KERNEL,
  formatSourcesList,
  KERNELS,
  type KernelName,
  parseKernelName,
} from '../../../lab/kernels.ts';
import { listRecipeFiles } from '../../../lab/recipe.ts';
import { listImagesInUse } from '../../../lab/stop-lab.ts';
import { addExamples } from '../../shared/examples.ts';
import { withInterrupt } from '../../shared/interrupt.ts';
import { showLabProgress } from '../../shared/lab-progress.ts';
import { printJson, printNote, printText } from '../../shared/output.ts';
import { createProgress } from '../../shared/progress.ts';

interface BuildFlags {
  readonly kernel: string;
  readonly acceptExpired?: boolean;
  readonly rebuild?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `holdwait lab build`: the image of one kernel, ahead of `lab up`. */
export function addBuild(lab: Command): void {
  const command = lab
    .command('build')
    .description('build the image of a kernel; does nothing if the recipe has not changed')
    .option('--kernel <version>', `kernel of the image: ${KERNELS.join(', ')}`, DEFAULT_KERNEL)
    .option('--accept-expired', 'use package lists that are past their expiry date')
    .option('--rebuild', 'build even if the recipe has not changed')
    .option('--dry-run', 'only say what would be built from what')
    .option('--json', 'print the manifest')
    .action((flags: BuildFlags) => withInterrupt((signal) => runBuild(flags, signal)));
  addExamples(command, [
    ['holdwait lab build', 'the image of the default kernel, if it is not there'],
    ['holdwait lab build --kernel 6.12', 'that of another kernel'],
    ['holdwait lab build --dry-run', 'from what it would be built'],
  ]);
}

async function runBuild(flags: BuildFlags, signal: AbortSignal): Promise<void> {
  const kernel = parseKernelName(flags.kernel);
  if (flags.dryRun) {
    describePlan(kernel, flags);
    return;
  }
  const progress = createProgress();
  try {
    const image = await ensureImage(kernel, { ...flags, signal, onProgress: showLabProgress(progress) });
    progress.end();
    dropOutdated(image);
    flags.json ? printJson({ folder: image.folder, ...image.manifest }) : printText(describeImage(image));
  } finally {
    progress.end();
  }
}

function describePlan(kernel: KernelName, flags: BuildFlags): void {
  const built = tryFindImage(kernel) !== undefined;
  const plan = {
    kernel,
    folder: imageFolder(kernel),
    built,
    willBuild: !built || flags.rebuild === true,
    sources: formatSourcesList(kernel).trim().split('\n'),
    files: listRecipeFiles(vmFolder()).map((path) => `vm/${path}`),
  };
  if (flags.json) {
    printJson(plan);
    return;
  }
  const what = plan.willBuild ? 'would be built' : 'is built already';
  printText(
    [`${plan.folder} ${what}, from`, ...[...plan.sources, ...plan.files].map((line) => `  ${line}`)].join(
      '\n',
    ),
  );
}

/** Every change of a recipe leaves a gigabyte behind that nothing will boot again. */
function dropOutdated({ folder: built }: LabImage): void {
  // The recipe may have changed while this one was built.
  const inUse = listImagesInUse().add(built);
  for (const folder of removeImages(listOutdatedImages(), inUse)) {
    printNote(`removed outdated image ${folder}`);
  }
}

function describeImage({ folder, manifest }: LabImage): string {
  const skipped = Object.keys(manifest.modules).filter((name) => manifest.modules[name] === 'skipped');
  return [
    folder,
    `  kernel    ${manifest.kernelRelease}, built with ${manifest.compiler}`,
    `  bpftrace  ${manifest.bpftrace}`,
    `  built     ${manifest.builtAt} in ${Math.round(manifest.buildMs / 1000)} s`,
    ...skipped.map((name) => `  module ${name} is not for this kernel`),
  ].join('\n');
}
