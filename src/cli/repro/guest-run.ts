import { setTimeout as sleep } from 'node:timers/promises';
import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import { describeCapture, type RunningCapture, startCapture } from '../../bpf/capture.ts';
import { type ComposeOptions, composeProgram } from '../../bpf/compose.ts';
import { listScriptFunctions } from '../../bpf/diagnose.ts';
import type { Script } from '../../bpf/script.ts';
import { readTargetFacts } from '../../bpf/target-facts.ts';
import { chooseRun, type Scenario, type ScenarioRun, type ScenarioWay } from '../../lab/scenario.ts';
import { loadSqlite } from '../../store/sqlite-load.ts';
import { openSqliteSink } from '../../store/sqlite-sink.ts';
import { quoteWords } from '../../target/shell-quote.ts';
import type { Target } from '../../target/target.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { tellProgram } from '../shared/fit-program.ts';
import { packageVersion } from '../shared/package-version.ts';
import type { Progress } from '../shared/progress.ts';
import { beginTimedStep } from '../shared/timed-step.ts';
import { type DriverLine, decodeDriverLine, listTids } from './driver-output.ts';
import { DRIVER_LOG, HangEvidence } from './hang-evidence.ts';
import { compareWithKernel } from './kernel-evidence.ts';
import type { LineFeed } from './line-feed.ts';
import type { ReproResult } from './result.ts';

export interface GuestRunOptions {
  readonly way: ScenarioWay;
  /** SQLite capture to write; an older one there is replaced. */
  readonly output: string;
  readonly labName: string;
  readonly compose: ComposeOptions;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const MODULE_FOLDER = '/usr/lib/holdwait/modules';
/** After its connections were lost. */
const DEATH_IS_KNOWN_WITHIN_MS = 2_000;
/** A tracer that is this far behind is not waited for any longer. */
const CATCH_UP_WITHIN_MS = 15_000;
const CATCH_UP_POLL_MS = 50;
const PROGRAM_FOLDER = '/usr/lib/holdwait/bin';

const WAY_WORDS: Readonly<Record<ScenarioWay, string>> = {
  hang: '',
  control: ' with the fix in place',
  potential: ' with the fix undone and nothing to hang on',
};

type Outcome = Pick<ReproResult, 'result' | 'reason' | 'capture' | 'timesMs' | 'agreement' | 'analysis'>;

/** What happens inside the guest, in order. */
export class GuestRun {
  readonly #scenario: Scenario;
  readonly #run: ScenarioRun;
  readonly #scripts: readonly Script[];
  readonly #target: Target;
  readonly #options: GuestRunOptions;
  readonly #machineEnd: Promise<string>;
  #capture: RunningCapture | undefined;

  constructor(
    scenario: Scenario,
    scripts: readonly Script[],
    target: Target,
    options: GuestRunOptions,
    machineEnd: Promise<string>,
  ) {
    this.#scenario = scenario;
    this.#run = chooseRun(scenario, options.way);
    this.#scripts = scripts;
    this.#target = target;
    this.#options = options;
    this.#machineEnd = machineEnd;
  }

  async run(): Promise<Outcome> {
    const { progress } = this.#options;
    const beganMs = performance.now();
    progress.step('preparing the guest');
    await this.#prepare();
    const endAttaching = beginTimedStep(progress, 'attaching probes', `attaching for ${this.#scenario.id}`);
    const capture = await this.#startCapture();
    endAttaching();
    this.#capture = capture;
    const armedMs = performance.now();
    const evidence = await HangEvidence.open(this.#target, this.#options.signal, (line) => this.#show(line));
    progress.step(`running ${this.#scenario.id}${WAY_WORDS[this.#options.way]}`);
    const startedMs = performance.now();
    const driver = await this.#runDriver(evidence.driverLog).catch((error: unknown) => {
      evidence.close(capture);
      throw error;
    });
    const resultMs = performance.now();
    progress.step('gathering the evidence');
    const stacks = await evidence.gather(capture, driver.result === 'hung' ? listTids(driver) : []);
    this.#options.signal.throwIfAborted();
    evidence.close(capture);
    if (driver.result !== 'hung') {
      await this.#catchUp(capture);
    }
    const analysis = await this.#finish(capture);
    return {
      result: driver.result,
      ...(driver.fields.has('reason') ? { reason: driver.fields.get('reason') } : {}),
      capture: this.#options.output,
      timesMs: {
        arm: Math.round(armedMs - beganMs),
        hang: Math.round(resultMs - startedMs),
        verdict: Math.round(performance.now() - resultMs),
      },
      agreement: compareWithKernel(analysis, evidence.kernelLog.lines.join('\n'), stacks),
      analysis,
    };
  }

  async #prepare(): Promise<void> {
    const { prepare } = this.#scenario;
    const { module } = this.#run;
    const load =
      module === undefined
        ? []
        : [quoteWords(['insmod', `${MODULE_FOLDER}/${module.name}.ko`, ...module.parameters])];
    for (const command of [...prepare, ...load]) {
      const { status, stdout, stderr } = await this.#target.run(command, { signal: this.#options.signal });
      if (status !== 0) {
        const said = (stderr || stdout).trim().split('\n').at(-1) ?? '';
        throw new HoldwaitError(
          'target',
          'SCENARIO_NOT_PREPARED',
          `in the guest, \`${command}\` failed: ${said}`,
          {
            hint: `Look at it with: holdwait repro ${this.#scenario.id} --keep; holdwait lab ssh --name ${this.#options.labName}`,
          },
        );
      }
    }
  }

  async #startCapture(): Promise<RunningCapture> {
    const { compose, signal, output, progress } = this.#options;
    const scripts = this.#scripts;
    const facts = await readTargetFacts(this.#target, listScriptFunctions(scripts), signal);
    const kernel = { release: facts.kernelRelease, traceable: facts.traceable };
    const program = composeProgram(scripts, kernel, compose);
    tellProgram(facts, program, progress);
    const setup = {
      program,
      facts,
      thresholdMs: compose.thresholdMs,
      holdwaitVersion: packageVersion(),
    };
    return startCapture(this.#target, {
      ...setup,
      sinks: [openSqliteSink(output, describeCapture(this.#target.name, setup), { overwrite: true })],
      signal,
      machineEnd: this.#machineEnd,
    });
  }

  /** Started apart from the connection: a program that hangs would never give its channel back. */
  async #runDriver(log: LineFeed): Promise<DriverLine & { type: 'result' }> {
    const { timeoutSeconds } = this.#scenario;
    const words = this.#run.words!;
    const command = quoteWords([`${PROGRAM_FOLDER}/${words[0]}`, ...words.slice(1)]);
    const detached = `setsid sh -c ${quoteWords([`${command}; echo "exit $?"`])} </dev/null >>${DRIVER_LOG} 2>&1 &`;
    await this.#target.run(detached, { signal: this.#options.signal });
    const found = await log.find((line) => {
      const decoded = decodeDriverLine(line);
      return decoded?.type === 'result' ? decoded : undefined;
    }, timeoutSeconds * 1000);
    this.#options.signal.throwIfAborted();
    if (found === undefined) {
      throw await this.#explainSilence(log);
    }
    return found;
  }

  /** A guest that dies takes the connection along before it is known of what. */
  async #explainSilence(log: LineFeed): Promise<HoldwaitError> {
    const { id, timeoutSeconds } = this.#scenario;
    const death = await Promise.race([this.#machineEnd, sleep(DEATH_IS_KNOWN_WITHIN_MS)]);
    const last = `the driver said last: ${log.lines.at(-1) ?? 'nothing'}`;
    if (death !== undefined) {
      return new HoldwaitError('target', 'GUEST_ENDED', `${death}; ${last}`, {
        hint: `See its console: holdwait repro ${id} --keep; then: holdwait lab logs --name ${this.#options.labName}`,
      });
    }
    const fact = `the driver gave no result within ${timeoutSeconds} s; ${last}`;
    return new HoldwaitError('target', 'DRIVER_SILENT', fact, {
      hint: `Look at it with: holdwait repro ${id} --keep; then: holdwait lab logs --name ${this.#options.labName}`,
    });
  }

  /**
   * Waits until the tracer has told all that was before now. Of a run that is over at once, the records are still on their
   * way through a busy guest; one that hangs has had time enough.
   */
  async #catchUp(capture: RunningCapture): Promise<void> {
    const { stdout } = await this.#target.run('cat /proc/uptime', { signal: this.#options.signal });
    const nowNs = Number(stdout.split(' ')[0]) * 1e9;
    const deadlineMs = performance.now() + CATCH_UP_WITHIN_MS;
    const isBehind = (): boolean => {
      const { startClockNs = '0', endNs = 0 } = capture.info();
      return Number(startClockNs) + endNs < nowNs;
    };
    while (isBehind() && performance.now() < deadlineMs) {
      await sleep(CATCH_UP_POLL_MS);
    }
  }

  async #finish(capture: RunningCapture): Promise<Analysis> {
    const { progress, output } = this.#options;
    progress.step('ending the capture');
    // The guest is about to end, or to be kept as it hangs: a tracer that cannot leave it is not waited for.
    capture.stop('scenario over', 0);
    await capture.done;
    progress.step('rebuilding the chain');
    return analyzeTrace(loadSqlite(output));
  }

  /** Resolves when the capture is stored; to be called when the connection is closed, however the run went. */
  async settle(): Promise<void> {
    await this.#capture?.done.catch(() => {});
  }

  #show(line: string): void {
    const decoded = decodeDriverLine(line);
    if (decoded?.type === 'step') {
      this.#options.progress.detail(decoded.name);
    }
  }
}
