import { prepareWorkload, type TestGuest } from '../e2e/lab-fixture.ts';

/** Something to do in a guest, a fixed amount of it. */
export interface GuestWorkload {
  readonly name: string;
  readonly command: string;
  /** Undoes it, so that the next time does the same again. */
  readonly cleanUp?: string;
}

/** Where prepareWorkload mounts the data disk and puts its program. */
const DISK = '/mnt/load';
const WRITER = '/tmp/workload/writeback-load';
const TREE = '/tmp/tree.tar';

const DD_ROUNDS = 10;
const MMAP_ROUNDS = 20;
const FORKS = 400;

/**
 * Makes the guest ready for all workloads. The kernel tree is the headers that the image's modules were compiled against:
 * the 6,000 files of a kernel's include.
 */
export async function prepareWorkloads(guest: TestGuest): Promise<readonly GuestWorkload[]> {
  await prepareWorkload(guest);
  await guest.run(`tar -cf ${TREE} -C "$(echo /usr/src/linux-headers-*-common)" include`);
  return [
    {
      name: 'dd + fsync',
      command: `for i in $(seq ${DD_ROUNDS}); do dd if=/dev/zero of=${DISK}/written bs=1M count=16 conv=fsync status=none; done`,
    },
    { name: 'mmap writers', command: `${WRITER} ${DISK}/mapped ${MMAP_ROUNDS}` },
    {
      name: 'kernel-tree untar',
      command: `mkdir ${DISK}/tree && tar -xf ${TREE} -C ${DISK}/tree && sync -f ${DISK}`,
      cleanUp: `rm -r ${DISK}/tree`,
    },
    { name: 'fork loop', command: `i=0; while [ $i -lt ${FORKS} ]; do ( : ); i=$((i + 1)); done` },
  ];
}

/** Seconds by the guest's clock. Data left to write by what was before is not its cost. */
export async function timeWorkload(guest: TestGuest, { command, cleanUp }: GuestWorkload): Promise<number> {
  const now = 'date +%s.%N';
  const timed = `sync; begin=$(${now}); { ${command}; } >/dev/null && end=$(${now}) && awk "BEGIN { print $end - $begin }"`;
  const seconds = Number(await guest.run(timed, { timeoutMs: WORKLOAD_TIMEOUT_MS }));
  if (cleanUp !== undefined) {
    await guest.run(cleanUp, { timeoutMs: WORKLOAD_TIMEOUT_MS });
  }
  return seconds;
}

const WORKLOAD_TIMEOUT_MS = 300_000;
