import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectLab } from '../../src/cli/shared/lab-connection.ts';
import type { LabOptions } from '../../src/lab/lab-options.ts';
import { startLab } from '../../src/lab/start-lab.ts';
import { removeLab } from '../../src/lab/stop-lab.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { Target } from '../../src/target/target.ts';

/** A guest for the tests of one file. */
export interface TestGuest {
  readonly name: string;
  /** As a command line takes it: `lab:NAME`. */
  readonly target: string;
  /** Runs a shell command in the guest; fails where the command does, unless told otherwise. */
  run(command: string, options?: GuestRunOptions): Promise<string>;
  /** For what run() does not do: to feed a command, or to read it as it goes. */
  readonly connection: Target;
  stop(): Promise<void>;
}

export interface GuestRunOptions {
  /** Take any exit status for an answer. */
  readonly mayFail?: boolean;
  readonly timeoutMs?: number;
}

const WORKLOAD_SOURCES = ['writeback-load.c', 'run.sh'];
const WORKLOAD_FOLDER = '/tmp/workload';
const DISK_FOLDER = '/mnt/load';
/** An emulated CPU and a busy machine: the image may have to be built first, too. */
const RUN_TIMEOUT_MS = 120_000;

/** The server's process above bpftrace: without it the connection is gone at once. */
export const KILL_TRACERS_SSHD = `pid=$(pgrep -x bpftrace)
until grep -q '^sshd' /proc/$pid/comm; do pid=$(cut -d' ' -f4 /proc/$pid/stat); done
kill -KILL $pid`;

/** Boots a guest that ends with this process at the latest, however that ends. `purpose` becomes part of its name. */
export async function startGuest(purpose: string, options: LabOptions = {}): Promise<TestGuest> {
  const name = `e2e-${purpose}-${process.pid}`;
  const lab = await startLab({ ...options, name, lifetime: 'session' });
  const target = await connectLab(lab);
  return {
    name,
    target: `lab:${name}`,
    run: (command, runOptions = {}) => runInGuest(target, command, runOptions),
    connection: target,
    stop: async () => {
      await target.close();
      await removeLab(name);
    },
  };
}

/** Compiles the workload in the guest and mounts the data disk for it; returns the command that runs so many rounds. */
export async function prepareWorkload(guest: TestGuest): Promise<(rounds: number) => string> {
  const sources = join(packageRoot(), 'test/e2e/workload');
  await guest.run(`mkdir -p ${WORKLOAD_FOLDER} ${DISK_FOLDER}`);
  for (const file of WORKLOAD_SOURCES) {
    const text = readFileSync(join(sources, file)).toString('base64');
    await guest.run(`echo ${text} | base64 -d >${WORKLOAD_FOLDER}/${file}`);
  }
  await guest.run(
    `gcc -O2 -Wall -pthread -o ${WORKLOAD_FOLDER}/writeback-load ${WORKLOAD_FOLDER}/writeback-load.c`,
  );
  await guest.run(`mkfs.ext4 -qF /dev/vdb && mount /dev/vdb ${DISK_FOLDER}`);
  return (rounds) => `sh ${WORKLOAD_FOLDER}/run.sh ${DISK_FOLDER} ${rounds}`;
}

/** Copies the files of a folder of this repository into a folder of the guest. */
export async function putFolder(guest: TestGuest, from: string, to: string): Promise<void> {
  await guest.run(`mkdir -p ${to}`);
  for (const file of readdirSync(join(packageRoot(), from))) {
    const text = readFileSync(join(packageRoot(), from, file)).toString('base64');
    await guest.run(`echo ${text} | base64 -d >${to}/${file}`);
  }
}

async function runInGuest(target: Target, command: string, options: GuestRunOptions): Promise<string> {
  const { status, stdout, stderr } = await target.run(command, {
    timeoutMs: options.timeoutMs ?? RUN_TIMEOUT_MS,
  });
  if (status !== 0 && !options.mayFail) {
    throw new Error(`in the guest, ${command} ended with ${status}: ${stderr || stdout}`);
  }
  return stdout;
}
