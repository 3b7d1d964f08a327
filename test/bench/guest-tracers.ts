import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSqlite } from '../../src/store/sqlite-load.ts';
import { type Loss, summariseLosses } from '../../src/trace/index.ts';
import { startCli } from '../e2e/cli-process.ts';
import type { TestGuest } from '../e2e/lab-fixture.ts';
import { findProgram, putPrograms } from './guest-programs.ts';

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

/** Programs of libbpf-tools, as their manuals say to run them; what each prints once it is attached. */
const BPF_TOOLS: Readonly<Record<string, RegExp>> = {
  offcputime: /Tracing/,
  klockstat: /Tracing/,
  biosnoop: /COMM/,
};
export const BPF_TOOL_NAMES = Object.keys(BPF_TOOLS);

const START_MS = 60_000;
const STOP_MS = 60_000;

/** Tracers of the Debian package libbpf-tools on this machine; those that are not installed are left out. */
export async function putBpfTools(guest: TestGuest): Promise<readonly GuestTracer[]> {
  const present = BPF_TOOL_NAMES.filter((name) => findProgram(name) !== undefined);
  if (present.length === 0) {
    return [];
  }
  const command = await putPrograms(
    guest,
    present.map((name) => findProgram(name)!),
  );
  return present.map((name) => ({ name, start: () => startBpfTool(guest, name, command(name)) }));
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
  for (let waitedMs = 0; waitedMs < START_MS; waitedMs += 500) {
    await sleep(500);
    const said = await guest.run(`head -c 4096 ${log}`, { mayFail: true });
    if (BPF_TOOLS[name]!.test(said)) {
      return stop;
    }
  }
  const said = await guest.run(`head -c 4096 ${log}`, { mayFail: true });
  await stop();
  throw new Error(`${name} did not start: ${said}`);
}
