import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSqlite } from '../../src/store/sqlite-load.ts';
import { quoteWords } from '../../src/target/shell-quote.ts';
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

export const CAPTURE = 'holdwait capture';

/** holdwait at its default threshold. */
export function captureTracer(
  guest: TestGuest,
  folder: string,
  scripts: string,
  tally: CaptureTally,
): GuestTracer {
  const output = join(folder, 'capture.sqlite');
  return {
    name: CAPTURE,
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

interface BpfTool {
  readonly name: string;
  /** A shell command that succeeds once it is at work: offcputime does not say so. */
  readonly isReady: (log: string) => string;
  /** What the guest has of its own for where it cannot be loaded. */
  readonly standIn?: { readonly name: string; readonly command: string };
}

const BPF_TOOLS: readonly BpfTool[] = [
  {
    name: 'offcputime',
    isReady: () => 'ls -l /proc/$(pidof offcputime offcputime-libbpf)/fd | grep -q bpf_link',
  },
  { name: 'klockstat', isReady: (log) => `grep -q Tracing ${log}` },
  {
    name: 'biosnoop',
    isReady: (log) => `grep -q COMM ${log}`,
    // Before 6.5 there is no block_io_start, and 6.1 has no type information for the function it stands for.
    standIn: {
      name: 'bpftrace’s biosnoop.bt at block_rq_issue',
      command: `sed 's/block_io_start/block_rq_issue/; s/block_io_done/block_rq_complete/' /usr/sbin/biosnoop.bt >/tmp/biosnoop.bt && exec bpftrace /tmp/biosnoop.bt`,
    },
  },
];

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
  for (const tool of BPF_TOOLS) {
    const path = findBpfTool(tool.name, folder);
    const usable = path === undefined ? NOT_INSTALLED : await tryTool(guest, tool, path);
    if (typeof usable !== 'string') {
      tracers.push(usable);
      continue;
    }
    unusable.set(tool.name, usable);
    if (tool.standIn !== undefined) {
      const { name, command } = tool.standIn;
      tracers.push({ name, start: () => startBpfTool(guest, tool, command) });
    }
  }
  return { tracers, unusable };
}

const NOT_INSTALLED = 'it is not installed here: apt-get install libbpf-tools, or --bpf-tools FOLDER';

/** The tracer, or why it cannot be one. */
async function tryTool(guest: TestGuest, tool: BpfTool, path: string): Promise<GuestTracer | string> {
  const command = await putPrograms(guest, [path]);
  const start = () => startBpfTool(guest, tool, `exec env ${command(basename(path))}`);
  try {
    await (await start())();
    return { name: tool.name, start };
  } catch (error) {
    return `${path}: ${errorText(error).split('\n', 1)[0]}`;
  }
}

/** Its output is thrown away in the guest: carrying it off is not what is measured. */
async function startBpfTool(
  guest: TestGuest,
  { name, isReady }: BpfTool,
  command: string,
): Promise<() => Promise<void>> {
  const log = `/tmp/${name}.log`;
  const running = await guest.connection.start(
    `exec stdbuf -oL ${quoteWords(['sh', '-c', command])} >${log} 2>&1`,
  );
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
    const ready = await guest.run(`${isReady(log)} && echo ready`, { mayFail: true });
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
