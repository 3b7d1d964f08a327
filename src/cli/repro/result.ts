import type { Analysis } from '../../../analysis/index.ts';
import type { Scenario, ScenarioWay } from '../../lab/scenario.ts';
import { ExitStatus } from '../shared/exit-status.ts';
import type { DriverResult } from './driver-output.ts';
import type { KernelAgreement } from './kernel-evidence.ts';

/** How one run of a scenario went. */
export interface ReproResult {
  readonly scenario: string;
  /** `uname -r` of the guest; the name of the lab's kernel where there was no guest. */
  readonly kernel: string;
  /** With its stable update: `6.1.192`. */
  readonly kernelVersion?: string;
  readonly control: boolean;
  /** The fix was undone, and nothing done to make it hang. */
  readonly potential?: true;
  readonly result: DriverResult;
  /** Why, for `not-affected` and `failed`. */
  readonly reason?: string;
  readonly capture?: string;
  readonly attempts: number;
  readonly timesMs: ReproTimes;
  readonly agreement: readonly KernelAgreement[];
  readonly analysis?: Analysis;
}

/** What `holdwait repro --json` prints. */
export interface ReproOutcome extends ReproResult {
  readonly expected: boolean;
}

/** Wall-clock time of each phase, ms; missing = not reached. */
export interface ReproTimes {
  readonly boot?: number;
  /** From the guest's sshd to every probe attached. */
  readonly arm?: number;
  /** From the driver's start to its result. */
  readonly hang?: number;
  /** From the driver's result to the verdict: evidence, end of the capture, analysis. */
  readonly verdict?: number;
}

export function describeWay(way: ScenarioWay): Pick<ReproResult, 'control' | 'potential'> {
  return way === 'potential' ? { control: false, potential: true } : { control: way === 'control' };
}

/**
 * Hung and named as documented; clean and without a finding for a control; clean and named as potential where nothing was to
 * hang; or a kernel that is not affected.
 */
export function isExpected(
  result: ReproResult,
  { signature, verdict }: Pick<Scenario, 'signature' | 'verdict'>,
): boolean {
  const { analysis } = result;
  if (result.result === 'not-affected') {
    return true;
  }
  if (result.control || result.potential) {
    const isNamed = analysis?.potential.some(({ matches }) => matches[0]?.id === signature);
    return (
      result.result === 'clean' && analysis?.verdict === 'none' && isNamed === (result.potential ?? false)
    );
  }
  return (
    result.result === 'hung' &&
    analysis?.verdict === verdict &&
    analysis.cycles.some(({ matches }) => matches[0]?.id === signature)
  );
}

/** 0: each as expected; 3: a lab or driver failed; 1: another outcome was not the expected one. */
export function exitStatusOf(outcomes: readonly ReproOutcome[]): number {
  const unexpected = outcomes.filter(({ expected }) => !expected);
  if (unexpected.length === 0) {
    return ExitStatus.ok;
  }
  return unexpected.some(({ result }) => result === 'failed') ? ExitStatus.target : ExitStatus.finding;
}
