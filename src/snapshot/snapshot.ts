import type { ScannedTask, Texts } from './proc-reader.ts';

/** The texts of one look at a machine. */
export interface Pass {
  /** Since the machine's start, ns; undefined = not told. */
  readonly atNs: number | undefined;
  /** Threads that the machine has. */
  readonly threads: number;
  /** Those that may be blocked. */
  readonly tasks: readonly ScannedTask[];
  /** Of these tasks, and of the machine. */
  readonly texts: Texts;
}

/** Everything that was read of a machine, as it was read. */
export interface Snapshot {
  readonly target: string;
  readonly startedAt: string;
  readonly first: Pass;
  readonly second: Pass;
  /** Settings, mounts, control groups. */
  readonly texts: Texts;
  /** Of the kernel; undefined = it could not be had. */
  readonly kernelLog: string | undefined;
  /** What the owner probe printed; undefined = it was not run, or not to its end. */
  readonly owners: string | undefined;
  /** What was left out, and why, in sentences. */
  readonly notes: readonly string[];
  /** Files whose readers did not come back. */
  readonly stuckFiles: readonly string[];
  /** Blocked tasks beyond the most that are read. */
  readonly unreadTasks: number;
}
