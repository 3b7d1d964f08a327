import type { Analysis } from '../../../analysis/index.ts';
import type { DriverResult } from './driver-output.ts';
import type { KernelAgreement } from './kernel-evidence.ts';

/** What `holdwait repro --json` prints. */
export interface ReproResult {
  readonly scenario: string;
  /** `uname -r` of the guest. */
  readonly kernel: string;
  readonly control: boolean;
  readonly result: DriverResult;
  /** Why, for `not-affected` and `failed`. */
  readonly reason?: string;
  readonly capture?: string;
  readonly attempts: number;
  readonly timesMs: ReproTimes;
  readonly agreement: readonly KernelAgreement[];
  readonly analysis?: Analysis;
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

/** Hung and named as documented; clean and without a finding for a control; or a kernel that is not affected. */
export function isExpected(result: ReproResult, signature: string): boolean {
  const { analysis } = result;
  if (result.result === 'not-affected') {
    return true;
  }
  if (result.control) {
    return result.result === 'clean' && analysis?.verdict === 'none';
  }
  return (
    result.result === 'hung' &&
    analysis?.verdict === 'deadlock' &&
    analysis.cycles.some(({ matches }) => matches[0]?.id === signature)
  );
}
