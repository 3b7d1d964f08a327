import { type Analysis, analyzeTrace } from '../../../analysis/index.ts';
import { loadScripts } from '../../bpf/bundled.ts';
import { describeCapture, type RunningCapture, startCapture } from '../../bpf/capture.ts';
import { type ComposeOptions, composeProgram } from '../../bpf/compose.ts';
import { listScriptFunctions } from '../../bpf/diagnose.ts';
import type { Script } from '../../bpf/script.ts';
import { readTargetFacts } from '../../bpf/target-facts.ts';
import { exactVersion, findNotAffected } from '../../lab/affected.ts';
import { ensureImage } from '../../lab/build-image.ts';
import type { KernelName } from '../../lab/kernels.ts';
import type { OnLabProgress } from '../../lab/progress.ts';
import type { Scenario } from '../../lab/scenario.ts';
import { startLab } from '../../lab/start-lab.ts';
import { removeLab } from '../../lab/stop-lab.ts';
import { loadSqlite } from '../../store/sqlite-load.ts';
import { openSqliteSink } from '../../store/sqlite-sink.ts';
import { quoteWords } from '../../target/shell-quote.ts';
import type { Target } from '../../target/target.ts';
import { HoldwaitError } from '../../trace/index.ts';
import { connectWatchedLab } from '../shared/lab-connection.ts';
import { packageVersion } from '../shared/package-version.ts';
import type { Progress } from '../shared/progress.ts';
import { type DriverLine, decodeDriverLine, listTids } from './driver-output.ts';
import { FileReader } from './file-reader.ts';
import { compareWithKernel, waitForReports } from './kernel-evidence.ts';
import { LineFeed } from './line-feed.ts';
import type { ReproResult } from './result.ts';

export interface RunScenarioOptions {
  readonly kernel: KernelName;
  readonly control: boolean;
  /** SQLite capture to write; an older one there is replaced. */
  readonly output: string;
  /** Leave the guest up, hung as it is. */
  readonly keep: boolean;
  readonly labName: string;
  /** Instead of those that the scenario names. */
  readonly scripts?: readonly string[];
  readonly compose: ComposeOptions;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly onLabProgress: OnLabProgress;
}

const DRIVER_LOG = '/tmp/holdwait-driver.log';
const MODULE_FOLDER = '/usr/lib/holdwait/modules';
const PROGRAM_FOLDER = '/usr/lib/holdwait/bin';

/**
 * One run of a scenario: guest, capture, hang, evidence, verdict. The guest is gone afterwards, unless it is to be kept.
 *
 * @throws HoldwaitError (target) if the lab, the guest or the tracer failed; a driver that failed is a result
 */
export async function runScenario(scenario: Scenario, options: RunScenarioOptions): Promise<ReproResult> {
  const { kernel, signal, progress, onLabProgress } = options;
  const scripts = loadScripts(options.scripts ?? scenario.scripts);
  const { manifest } = await ensureImage(kernel, { signal, onProgress: onLabProgress });
  const basis = {
    scenario: scenario.id,
    kernel: manifest.kernelRelease,
    kernelVersion: exactVersion(manifest),
    control: options.control,
    attempts: 1,
  };
  const reason = findNotAffected(scenario, manifest);
  if (reason !== undefined) {
    return { ...basis, result: 'not-affected', reason, timesMs: {}, agreement: [] };
  }
  const lifetime = options.keep ? 'detached' : 'session';
  const lab = await startLab({
    ...scenario.lab,
    name: options.labName,
    kernel,
    lifetime,
    signal,
    onProgress: onLabProgress,
  });
  try {
    const { target, machineEnd } = await connectWatchedLab(lab, signal);
    const run = new ScenarioRun(scenario, scripts, target, options, machineEnd);
    try {
      const outcome = await run.run();
      return { ...basis, ...outcome, timesMs: { boot: lab.bootMs, ...outcome.timesMs } };
    } finally {
      await target.close();
      await run.settle();
    }
  } finally {
    if (!options.keep) {
      progress.step('ending the guest');
      await removeLab(options.labName);
    }
  }
}

type Outcome = Pick<ReproResult, 'result' | 'reason' | 'capture' | 'timesMs' | 'agreement' | 'analysis'>;

interface Evidence {
  readonly kernelLog: LineFeed;
  readonly driverLog: LineFeed;
  readonly files: FileReader;
}

/** What happens inside the guest, in order. */
class ScenarioRun {
  readonly #scenario: Scenario;
  readonly #scripts: readonly Script[];
  readonly #target: Target;
  readonly #options: RunScenarioOptions;
  readonly #machineEnd: Promise<string>;
  #capture: RunningCapture | undefined;

  constructor(
    scenario: Scenario,
    scripts: readonly Script[],
    target: Target,
    options: RunScenarioOptions,
    machineEnd: Promise<string>,
  ) {
    this.#scenario = scenario;
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
    progress.step('attaching probes');
    const capture = await this.#startCapture();
    this.#capture = capture;
    const armedMs = performance.now();
    const evidence = await this.#openEvidence();
    progress.step(`running ${this.#scenario.id}${this.#options.control ? ' with the fix in place' : ''}`);
    const startedMs = performance.now();
    const driver = await this.#runDriver(evidence.driverLog);
    const resultMs = performance.now();
    progress.step('gathering the evidence');
    const stacks = await this.#gather(capture, driver, evidence);
    this.#options.signal.throwIfAborted();
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
    const { module, controlModule, prepare } = this.#scenario;
    const wanted = this.#options.control ? controlModule : module;
    const load =
      wanted === undefined
        ? []
        : [quoteWords(['insmod', `${MODULE_FOLDER}/${wanted.name}.ko`, ...wanted.parameters])];
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
    const { compose, signal, output } = this.#options;
    const scripts = this.#scripts;
    const facts = await readTargetFacts(this.#target, listScriptFunctions(scripts), signal);
    const kernel = { release: facts.kernelRelease, traceable: facts.traceable };
    const setup = {
      program: composeProgram(scripts, kernel, compose),
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

  /** All of it before the hang: afterwards the guest may not be able to start anything. */
  async #openEvidence(): Promise<Evidence> {
    return {
      kernelLog: await this.#follow('dmesg --follow'),
      driverLog: await this.#follow(`touch ${DRIVER_LOG}; tail -n +1 -f ${DRIVER_LOG}`, (line) =>
        this.#show(line),
      ),
      files: await FileReader.open(this.#target, this.#options.signal),
    };
  }

  async #follow(command: string, onLine?: (line: string) => void): Promise<LineFeed> {
    return new LineFeed(await this.#target.start(command, { signal: this.#options.signal }), onLine);
  }

  /** Started apart from the connection: a program that hangs would never give its channel back. */
  async #runDriver(log: LineFeed): Promise<DriverLine & { type: 'result' }> {
    const { driver, control, timeoutSeconds } = this.#scenario;
    const words = this.#options.control ? control : driver;
    const command = quoteWords([`${PROGRAM_FOLDER}/${words[0]}`, ...words.slice(1)]);
    const detached = `setsid sh -c ${quoteWords([`${command}; echo "exit $?"`])} </dev/null >>${DRIVER_LOG} 2>&1 &`;
    await this.#target.run(detached, { signal: this.#options.signal });
    const found = await log.find((line) => {
      const decoded = decodeDriverLine(line);
      return decoded?.type === 'result' ? decoded : undefined;
    }, timeoutSeconds * 1000);
    this.#options.signal.throwIfAborted();
    if (found === undefined) {
      const last = log.lines.at(-1) ?? 'nothing';
      throw new HoldwaitError(
        'target',
        'DRIVER_SILENT',
        `the driver gave no result within ${timeoutSeconds} s; it said last: ${last}`,
        {
          hint: `Look at it with: holdwait repro ${this.#scenario.id} --keep; then: holdwait lab logs --name ${this.#options.labName}`,
        },
      );
    }
    return found;
  }

  /** Keeps with the capture what the kernel itself says of the hang; returns /proc/TID/stack by tid. */
  async #gather(
    capture: RunningCapture,
    driver: DriverLine,
    { kernelLog, driverLog, files }: Evidence,
  ): Promise<ReadonlyMap<number, string>> {
    const tids = listTids(driver);
    await waitForReports(kernelLog, tids);
    const stacks = new Map<number, string>();
    for (const tid of tids) {
      const path = `/proc/${tid}/stack`;
      const text = await files.tryRead(path);
      if (text !== undefined) {
        stacks.set(tid, text);
        capture.attach(path, text);
      }
    }
    capture.attach('dmesg', kernelLog.lines.join('\n'));
    capture.attach('driver', driverLog.lines.join('\n'));
    for (const source of [kernelLog, driverLog, files]) {
      source.stop();
    }
    return stacks;
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
