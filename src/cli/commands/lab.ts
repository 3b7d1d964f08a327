import type { Command } from 'commander';
import { addExamples } from '../shared/examples.ts';
import { addBuild } from './lab/build.ts';
import { addConsole } from './lab/console.ts';
import { addDeps } from './lab/deps.ts';
import { addLogs } from './lab/logs.ts';
import { addManage } from './lab/manage.ts';
import { addSsh } from './lab/ssh.ts';
import { addUp } from './lab/up.ts';

/** `holdwait lab …`: guests of several kernels, to hang and to capture. */
export function registerLab(program: Command): void {
  const lab = program.command('lab').description('guests of several kernels, to hang and to capture');
  addExamples(lab, [
    ['holdwait lab deps', 'install what the lab needs here'],
    ['holdwait lab up --kernel 6.12', 'build the image if need be, and boot it'],
    ['holdwait lab ssh -- uname -r', 'run a command in it'],
    ['holdwait lab console', 'the serial line; Ctrl-] leaves it'],
    ['holdwait lab down', 'end it'],
  ]);
  for (const add of [addDeps, addBuild, addUp, addSsh, addConsole, addLogs, addManage]) {
    add(lab);
  }
}
