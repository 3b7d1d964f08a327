import { loadScripts } from '../../bpf/bundled.ts';
import { exactVersion, findNotAffected } from '../../lab/affected.ts';
import { ensureImage } from '../../lab/build-image.ts';
import type { KernelName } from '../../lab/kernels.ts';
import type { OnLabProgress } from '../../lab/progress.ts';
import { chooseRun, type Scenario } from '../../lab/scenario.ts';
import { startLab } from '../../lab/start-lab.ts';
import { removeLab } from '../../lab/stop-lab.ts';
import { connectWatchedLab } from '../shared/lab-connection.ts';
import { GuestRun, type GuestRunOptions } from './guest-run.ts';
import { describeWay, type ReproResult } from './result.ts';

export interface RunScenarioOptions extends GuestRunOptions {
  readonly kernel: KernelName;
  /** Leave the guest up, hung as it is. */
  readonly keep: boolean;
  /** Instead of those that the scenario names. */
  readonly scripts?: readonly string[];
  readonly onLabProgress: OnLabProgress;
}

/**
 * One run of a scenario: guest, capture, hang, evidence, verdict. The guest is gone afterwards, unless it is to be kept.
 *
 * @throws HoldwaitError (target) if the lab, the guest or the tracer failed; a driver that failed is a result
 */
export async function runScenario(scenario: Scenario, options: RunScenarioOptions): Promise<ReproResult> {
  const { kernel, signal, progress, onLabProgress } = options;
  const scripts = loadScripts(options.scripts ?? chooseRun(scenario, options.way).scripts);
  const { manifest } = await ensureImage(kernel, { signal, onProgress: onLabProgress });
  const basis = {
    scenario: scenario.id,
    kernel: manifest.kernelRelease,
    kernelVersion: exactVersion(manifest),
    ...describeWay(options.way),
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
    const run = new GuestRun(scenario, scripts, target, options, machineEnd);
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
