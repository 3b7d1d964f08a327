import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSqlite } from '../../src/store/sqlite-load.ts';
import { errorText, type Loss, summariseLosses } from '../../src/trace/index.ts';
import { startCli } from '../e2e/cli-process.ts';
import type { TestGuest } from '../e2e/lab-fixture.ts';
import { findBpfTool, putPrograms } from './guest-programs.ts';

/** Something that watches a guest while workloads run in it. */
export interface GuestTracer {
  readonly name: string;
  /** Resolves when it is at work; what it gives ends it. */
  start(): Promise<() => Promise<void>>;
}

/** What all captures together had. */
export interface CaptureTally {
  events: number;
  readonly losses: Loss[];
}

/** holdwait at its default threshold. */
export function captureTracer(
  guest: TestGuest,
  folder: string,
  scripts: string,
  tally: CaptureTally,
): GuestTracer {
  const output = join(folder, 'capture.sqlite');
  return {
    name: 'holdwait capture',
    start: async () => {
      const cleanUps: (() => void)[] = [];
      const args = ['capture', guest.target, '-o', output, '--force', '--scripts', scripts];
      const capture = startCli(args, (work) => cleanUps.push(work));
      const stop = async () => {
        capture.kill('SIGINT');
        const { status, stderr } = await capture.done;
        if (status !== 130) {
          throw new Error(`the capture ended with ${status}: ${stderr}`);
        }
        const { events, losses } = loadSqlite(output);
        tally.events += events.length;
        tally.losses.push(...losses);
      };
      try {
        await capture.said(/^capturing /m);
        return stop;
      } catch (error) {
        for (const cleanUp of cleanUps) {
          cleanUp();
        }
        throw error;
      }
    },
  };
}

export function describeTally({ events, losses }: CaptureTally): string {
  const lost = Object.entries(summariseLosses(losses).byReason).map(
    ([reason, count]) => `${count} ${reason}`,
  );
  return `${events} events stored; lost: ${lost.join(', ') || 'none'}`;
}

/** Programs of libbpf-tools, and a shell command that succeeds once each is at work: offcputime does not say so. */
const BPF_TOOLS: Readonly<Record<string, (log: string) => string>> = {
  offcputime: () => 'ls -l /proc/$(pidof offcputime offcputime-libbpf)/fd | grep -q bpf_link',
  klockstat: (log) => `grep -q Tracing ${log}`,
  biosnoop: (log) => `grep -q COMM ${log}`,
};
export const BPF_TOOL_NAMES = Object.keys(BPF_TOOLS);

/** An emulated CPU on a busy machine takes a minute to check the programs. */
const START_MS = 180_000;
const STOP_MS = 180_000;

/** What can be run here, and by name why others cannot. */
export interface UsableTracers {
  readonly tracers: readonly GuestTracer[];
  readonly unusable: ReadonlyMap<string, string>;
}

/**
 * Copies the tracers of libbpf-tools into the guest and tries each: programs made before a kernel cannot always be loaded
 * there.
 *
 * @param folder where they are looked for before this machine's own
 */
export async function putBpfTools(guest: TestGuest, folder: string | undefined): Promise<UsableTracers> {
  const tracers: GuestTracer[] = [];
  const unusable = new Map<string, string>();
  for (const name of BPF_TOOL_NAMES) {
    const path = findBpfTool(name, folder);
    if (path === undefined) {
      unusable.set(name, 'it is not installed here: apt-get install libbpf-tools, or --bpf-tools FOLDER');
      continue;
    }
    const command = await putPrograms(guest, [path]);
    const tracer = { name, start: () => startBpfTool(guest, name, command(basename(path))) };
    try {
      await (await tracer.start())();
      tracers.push(tracer);
    } catch (error) {
      unusable.set(name, `${path}: ${errorText(error)}`);
    }
  }
  return { tracers, unusable };
}

/** Its output is thrown away in the guest: carrying it off is not what is measured. */
async function startBpfTool(guest: TestGuest, name: string, program: string): Promise<() => Promise<void>> {
  const log = `/tmp/${name}.log`;
  const running = await guest.connection.start(`stdbuf -oL env ${program} >${log} 2>&1`);
  running.stdout.resume();
  running.stderr.resume();
  const stop = async () => {
    running.interrupt();
    const ended = await Promise.race([running.done, sleep(STOP_MS)]);
    if (ended === undefined) {
      throw new Error(`${name} does not end`);
    }
    await guest.run(`rm -f ${log}`);
  };
  for (const beganMs = performance.now(); performance.now() - beganMs < START_MS; await sleep(500)) {
    const ready = await guest.run(`${BPF_TOOLS[name]!(log)} && echo ready`, { mayFail: true });
    if (ready !== '') {
      return stop;
    }
    if (await Promise.race([running.done, sleep(0)])) {
      break;
    }
  }
  const said = await guest.run(`head -c 4096 ${log}`, { mayFail: true });
  await stop();
  throw new Error(`${name} did not start: ${said}`);
}
