import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqlite } from '../../src/store/sqlite-load.ts';
import { type Loss, summariseLosses } from '../../src/trace/index.ts';
import { startCli } from '../e2e/cli-process.ts';
import { prepareWorkload, startGuest, type TestGuest } from '../e2e/lab-fixture.ts';
import { type Spread, summarise } from './median.ts';

export interface CaptureCost {
  readonly kernel: string;
  readonly bpftrace: string;
  readonly pairs: number;
  readonly rounds: number;
  /** Seconds of the workload, by the guest's clock. */
  readonly withoutSeconds: Spread;
  readonly withSeconds: Spread;
  /** With a capture / without, pair by pair. */
  readonly ratio: Spread;
  readonly events: number;
  /** Reason → records. */
  readonly lost: Readonly<Record<string, number>>;
}

export interface CaptureCostOptions {
  /** As `capture --scripts` takes them. */
  readonly scripts: string;
  readonly pairs: number;
  /** Rounds of the workload in each measurement. */
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
}

/** Runs the workload without and with a capture at the default threshold, in turns, in one guest. */
export async function measureCaptureCost(options: CaptureCostOptions): Promise<CaptureCost> {
  const { pairs, rounds, scripts, onProgress } = options;
  onProgress('booting a guest');
  const guest = await startGuest('bench');
  const folder = mkdtempSync(join(tmpdir(), 'holdwait-bench-'));
  try {
    const command = timed((await prepareWorkload(guest))(rounds));
    await guest.run(command);
    const runs = [];
    for (let pair = 1; pair <= pairs; pair++) {
      onProgress(`pair ${pair} of ${pairs}`);
      const without = Number(await guest.run(command));
      runs.push({ without, ...(await runCaptured(guest, scripts, command, join(folder, `${pair}.sqlite`))) });
    }
    return {
      kernel: (await guest.run('uname -r')).trim(),
      bpftrace: (await guest.run('bpftrace --version')).trim(),
      pairs,
      rounds,
      withoutSeconds: summarise(runs.map((run) => run.without)),
      withSeconds: summarise(runs.map((run) => run.captured)),
      ratio: summarise(runs.map((run) => run.captured / run.without)),
      events: runs.reduce((sum, run) => sum + run.events, 0),
      lost: summariseLosses(runs.flatMap((run) => run.losses)).byReason,
    };
  } finally {
    await guest.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface CapturedRun {
  readonly captured: number;
  readonly events: number;
  readonly losses: readonly Loss[];
}

async function runCaptured(
  guest: TestGuest,
  scripts: string,
  command: string,
  output: string,
): Promise<CapturedRun> {
  const cleanUps: (() => void)[] = [];
  const capture = startCli(['capture', guest.target, '-o', output, '--scripts', scripts], (work) =>
    cleanUps.push(work),
  );
  try {
    await capture.said(/^capturing /m);
    const captured = Number(await guest.run(command));
    capture.kill('SIGINT');
    const { status, stderr } = await capture.done;
    if (status !== 130) {
      throw new Error(`the capture ended with ${status}: ${stderr}`);
    }
    const { events, losses } = loadSqlite(output);
    return { captured, events: events.length, losses };
  } finally {
    for (const cleanUp of cleanUps) {
      cleanUp();
    }
  }
}

/** Prints the seconds that a command takes, and nothing else. Data left to write by the run before is not its cost. */
function timed(command: string): string {
  const now = 'date +%s.%N';
  return `sync; begin=$(${now}); ${command} >/dev/null && end=$(${now}) && awk "BEGIN { print $end - $begin }"`;
}
