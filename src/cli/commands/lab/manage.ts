import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { listOutdatedImages, removeImages, tryFindImage } from '../../../lab/image.ts';
import { KERNELS } from '../../../lab/kernels.ts';
import { labCondition, labFolder, listLabStates, readLabState } from '../../../lab/lab-state.ts';
import { listImagesInUse, removeLab, stopAbandonedLabs, stopLab } from '../../../lab/stop-lab.ts';
import { addExamples } from '../../shared/examples.ts';
import { withInterrupt } from '../../shared/interrupt.ts';
import { printJson, printNote, printText } from '../../shared/output.ts';
import { confirm } from './confirm.ts';
import { describeLab, labFacts } from './describe-lab.ts';
import { addLabName, type LabNameFlags, labName } from './lab-name.ts';

interface JsonFlags extends LabNameFlags {
  readonly json?: boolean;
}

interface RemoveFlags extends LabNameFlags {
  readonly images?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `holdwait lab status|list|down|rm`. */
export function addManage(lab: Command): void {
  for (const add of [addStatus, addList, addDown, addRemove]) {
    add(lab);
  }
}

function addStatus(lab: Command): void {
  const command = addLabName(lab.command('status'))
    .description('say whether a lab is up, and how it is reached')
    .option('--json', 'print it as data')
    .action((name: string | undefined, flags: JsonFlags) => {
      const state = readLabState(labName(name, flags));
      flags.json ? printJson(labFacts(state)) : printText(describeLab(state));
    });
  addExamples(command, [
    ['holdwait lab status', 'of the default lab'],
    ['holdwait lab status second --json', 'of another one, with the plain ssh command that reaches it'],
  ]);
}

function addList(lab: Command): void {
  const command = lab
    .command('list')
    .description('list labs and images; ends guests that a killed command has left')
    .option('--json', 'print them as data')
    .action(runList);
  addExamples(command, [['holdwait lab list', 'what is up, and which images there are']]);
}

function addDown(lab: Command): void {
  const command = addLabName(lab.command('down'))
    .description('end a guest and delete its disks; its console stays for `lab logs`')
    .action(async (name: string | undefined, flags: LabNameFlags) => {
      const lab = labName(name, flags);
      printText((await stopLab(lab)) ? `lab ${lab} is down` : `lab ${lab} was down already`);
    });
  addExamples(command, [
    ['holdwait lab down', 'the default lab'],
    ['holdwait lab down second', 'another one'],
  ]);
}

function addRemove(lab: Command): void {
  const command = addLabName(lab.command('rm'))
    .description('end a guest and delete everything of it, or delete images')
    .option('--images', 'delete the images that no running guest uses, instead of a lab')
    .option('--dry-run', 'only say what would be deleted')
    .option('--yes', 'do not ask')
    .action((name: string | undefined, flags: RemoveFlags) =>
      withInterrupt((signal) =>
        flags.images ? runRemoveImages(flags, signal) : runRemove(name, flags, signal),
      ),
    );
  addExamples(command, [
    ['holdwait lab rm second', 'the guest, its disks and its console'],
    ['holdwait lab rm --images --dry-run', 'which images could go'],
  ]);
}

async function runList(flags: JsonFlags): Promise<void> {
  for (const name of await stopAbandonedLabs()) {
    printNote(`ended the guest ${name}, which a killed command had left`);
  }
  const labs = listLabStates();
  const images = KERNELS.map((kernel) => tryFindImage(kernel)).filter((image) => image !== undefined);
  if (flags.json) {
    printJson({
      labs: labs.map(labFacts),
      images: images.map(({ folder, manifest }) => ({ folder, ...manifest })),
    });
    return;
  }
  const lines = [
    ...labs.map((lab) => `lab ${lab.name}  ${labCondition(lab)}  ${lab.kernelRelease}`),
    ...images.map(({ folder, manifest }) => `image ${manifest.kernel}  ${manifest.kernelRelease}  ${folder}`),
  ];
  printText(
    lines.length === 0 ? 'There are no labs and no images; `holdwait lab up` makes one.' : lines.join('\n'),
  );
}

async function runRemove(name: string | undefined, flags: RemoveFlags, signal: AbortSignal): Promise<void> {
  const lab = labName(name, flags);
  if (!existsSync(labFolder(lab))) {
    readLabState(lab);
  }
  printText(`${flags.dryRun ? 'would delete' : 'deleting'} ${labFolder(lab)}`);
  if (!flags.dryRun) {
    await confirm(`Delete lab ${lab}?`, flags.yes, signal);
    await removeLab(lab);
  }
}

async function runRemoveImages(flags: RemoveFlags, signal: AbortSignal): Promise<void> {
  const inUse = listImagesInUse();
  const current = KERNELS.map((kernel) => tryFindImage(kernel)?.folder).filter(
    (folder) => folder !== undefined,
  );
  const folders = [...current, ...listOutdatedImages()].filter((folder) => !inUse.has(folder));
  printText(folders.length === 0 ? 'There are no images to delete.' : folders.join('\n'));
  if (!flags.dryRun && folders.length > 0) {
    await confirm('Delete these images?', flags.yes, signal);
    removeImages(folders, inUse);
  }
}
