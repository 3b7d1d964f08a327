import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadScenario, type Scenario } from '../../src/lab/scenario.ts';
import { packageRoot } from '../../src/package-root.ts';
import { loadSqlite } from '../../src/store/sqlite-load.ts';
import { quoteWords } from '../../src/target/shell-quote.ts';
import { startGuest, type TestGuest } from '../e2e/lab-fixture.ts';
import { type Benchmark, type BenchRun, type Figure, makeFigure } from './benchmark.ts';
import { summarise } from './median.ts';

/** From the begin of the wait that closes a real deadlock to the line that says so. */
export const watchVerdict: Benchmark = {
  name: 'watch-verdict',
  about: 'time from a real hang to the verdict of a running watch; the kernel’s hung-task report',
  minutes: 3,
  run: async (bench) => [await compare(bench)],
};

const SCENARIO = 'ext4-fault-writeback';
const MODULE_FOLDER = '/usr/lib/holdwait/modules';
const PROGRAM_FOLDER = '/usr/lib/holdwait/bin';
const VERDICT_TIMEOUT_MS = 180_000;
const CLOCK_READINGS = 5;

interface Verdict {
  /** Begin of the closing wait to the line on standard output, by the guest's clock. */
  readonly seconds: number;
  /** As the watch itself says. */
  readonly saidSeconds: number;
  /** After which the guest's kernel calls a task hung, as it was booted. */
  readonly hungTaskSeconds: number;
}

async function compare({ sizes, folder, onProgress }: BenchRun): Promise<Figure> {
  const scenario = loadScenario(SCENARIO);
  const verdicts: Verdict[] = [];
  for (let round = 1; round <= sizes.repeats; round++) {
    onProgress(`round ${round} of ${sizes.repeats}: ${SCENARIO} under watch`);
    verdicts.push(await watchHang(scenario, join(folder, `watch-${round}`)));
  }
  const hungTaskSeconds = verdicts[0]!.hungTaskSeconds;
  return makeFigure(
    {
      what: 'from the closing wait to the verdict of a watch',
      against: 'the soonest that the kernel reports a hung task (time / time)',
      wanted: { atMost: 1 / hungTaskSeconds },
      measured: {
        'to the verdict, s': summarise(verdicts.map(({ seconds }) => seconds)),
        'by the watch itself, s': summarise(verdicts.map(({ saidSeconds }) => saidSeconds)),
        'kernel.hung_task_timeout_secs, s': hungTaskSeconds,
      },
    },
    verdicts.map(({ seconds }) => seconds / hungTaskSeconds),
  );
}

/** A guest of its own: what has hung stays so. */
async function watchHang(scenario: Scenario, folder: string): Promise<Verdict> {
  const guest = await startGuest('bench', scenario.lab);
  try {
    const hungTaskSeconds = Number(await guest.run('cat /proc/sys/kernel/hung_task_timeout_secs'));
    await prepare(guest, scenario);
    const watch = new WatchProcess(guest.target, folder);
    try {
      await watch.wait((line) => line.event === 'started');
      const clock = await GuestClock.read(guest);
      await guest.run(detached(scenario));
      const finding = await watch.wait((line) => line.event === 'deadlock');
      const lineNs = clock.at(finding.arrivedMs);
      await watch.wait((line) => line.event === 'saved' && line.id === finding.id);
      const startNs = Number(loadSqlite(finding.capture!).info.startClockNs);
      const seconds = (lineNs - startNs - finding.closedNs!) / 1e9;
      return { seconds, saidSeconds: finding.latencyMs! / 1000, hungTaskSeconds };
    } finally {
      await watch.stop();
    }
  } finally {
    await guest.stop();
  }
}

async function prepare(guest: TestGuest, { module, prepare: commands }: Scenario): Promise<void> {
  for (const command of commands) {
    await guest.run(command);
  }
  if (module !== undefined) {
    await guest.run(quoteWords(['insmod', `${MODULE_FOLDER}/${module.name}.ko`, ...module.parameters]));
  }
}

/** Apart from the connection: a program that hangs would never give it back. */
function detached({ driver: [program, ...args] }: Scenario): string {
  return `setsid ${quoteWords([`${PROGRAM_FOLDER}/${program}`, ...args])} </dev/null >/dev/null 2>&1 &`;
}

/** What is used of the lines that `holdwait watch --json` prints. */
interface WatchLine {
  readonly event: string;
  readonly id?: string;
  readonly closedNs?: number;
  readonly latencyMs?: number;
  readonly capture?: string;
  /** By performance.now(). */
  readonly arrivedMs: number;
}

class WatchProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: WatchLine[] = [];
  readonly #ended: Promise<unknown>;
  #stderr = '';

  constructor(target: string, folder: string) {
    const args = ['src/cli/holdwait.js', 'watch', target, '--json', '-o', folder];
    this.#child = spawn(process.execPath, args, { cwd: packageRoot() });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#stderr += text));
    this.#ended = new Promise((resolve) => this.#child.on('close', resolve));
    createInterface(this.#child.stdout).on('line', (line) => {
      const arrivedMs = performance.now();
      this.#lines.push({ ...JSON.parse(line), arrivedMs });
    });
  }

  async wait(isIt: (line: WatchLine) => boolean): Promise<WatchLine> {
    for (
      const beganMs = performance.now();
      performance.now() - beganMs < VERDICT_TIMEOUT_MS;
      await sleep(20)
    ) {
      const found = this.#lines.find(isIt);
      if (found !== undefined) {
        return found;
      }
      if (this.#child.exitCode !== null) {
        break;
      }
    }
    const said = this.#lines.map(({ event }) => event).join(', ');
    throw new Error(`the watch has not said what was expected, but: ${said}; ${this.#stderr.slice(-500)}`);
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }
}

/** The guest's monotonic clock, read from here: right to half of the quickest answer, and to the 10 ms of its uptime. */
class GuestClock {
  readonly #offsetNs: number;

  private constructor(offsetNs: number) {
    this.#offsetNs = offsetNs;
  }

  static async read(guest: TestGuest): Promise<GuestClock> {
    let quickestMs = Number.POSITIVE_INFINITY;
    let offsetNs = 0;
    for (let reading = 0; reading < CLOCK_READINGS; reading++) {
      const askedMs = performance.now();
      const uptimeNs = Number((await guest.run('cat /proc/uptime')).split(' ', 1)[0]) * 1e9;
      const tookMs = performance.now() - askedMs;
      if (tookMs < quickestMs) {
        quickestMs = tookMs;
        offsetNs = uptimeNs - (askedMs + tookMs / 2) * 1e6;
      }
    }
    return new GuestClock(offsetNs);
  }

  /** @param hostMs reading of performance.now() */
  at(hostMs: number): number {
    return hostMs * 1e6 + this.#offsetNs;
  }
}
