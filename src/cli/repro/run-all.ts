import type { Scenario, ScenarioWay } from '../../lab/scenario.ts';
import { HoldwaitError } from '../../trace/index.ts';
import type { Progress } from '../shared/progress.ts';
import { describeWay, type ReproOutcome } from './result.ts';

export interface RunAllOptions {
  readonly kernel: string;
  readonly way: ScenarioWay;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly run: (scenario: Scenario, progress: Progress) => Promise<ReproOutcome>;
  /** Called as each one ends. */
  readonly onOutcome: (outcome: ReproOutcome) => void;
}

/**
 * Runs scenarios one after the other. A lab, guest or tracer that fails is the outcome of its scenario and not the end
 * of the run.
 *
 * @throws whatever else `run` throws, and the signal's reason when aborted
 */
export async function runAll(scenarios: readonly Scenario[], options: RunAllOptions): Promise<void> {
  for (const [index, scenario] of scenarios.entries()) {
    const place = `[${index + 1}/${scenarios.length}] ${scenario.id}: `;
    const outcome = await runOne(scenario, { ...options, progress: prefixProgress(options.progress, place) });
    options.signal.throwIfAborted();
    options.progress.end();
    options.onOutcome(outcome);
  }
}

async function runOne(scenario: Scenario, options: RunAllOptions): Promise<ReproOutcome> {
  try {
    return await options.run(scenario, options.progress);
  } catch (error) {
    if (options.signal.aborted || !(error instanceof HoldwaitError) || error.category !== 'target') {
      throw error;
    }
    return failedOutcome(scenario, error, options);
  }
}

function failedOutcome(
  { id }: Scenario,
  { message }: HoldwaitError,
  { kernel, way }: Pick<RunAllOptions, 'kernel' | 'way'>,
): ReproOutcome {
  const basis = { scenario: id, kernel, ...describeWay(way), attempts: 1, timesMs: {}, agreement: [] };
  return { ...basis, result: 'failed', reason: message, expected: false };
}

function prefixProgress(progress: Progress, prefix: string): Progress {
  return {
    step: (text, outlook) => progress.step(prefix + text, outlook),
    detail: (text, outlook) => progress.detail(text, outlook),
    note: (text) => progress.note(prefix + text),
    verbose: (text) => progress.verbose(prefix + text),
    end: () => progress.end(),
  };
}
