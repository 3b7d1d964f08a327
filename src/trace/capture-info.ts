/** What a capture says of itself. Everything but the schema is optional: an NDJSON file of another program has none. */
export interface CaptureInfo {
  /** The target as it was named: `lab:default`, `root@db1:22`, `local`. */
  readonly target?: string;
  readonly hostname?: string;
  /** `uname -r`. */
  readonly kernelRelease?: string;
  /** `uname -v`: Debian keeps its exact package version there. */
  readonly kernelVersion?: string;
  readonly machine?: string;
  /** /proc/sys/kernel/random/boot_id: with the host, the natural shard key of many captures. */
  readonly bootId?: string;
  readonly holdwaitVersion?: string;
  readonly bpftraceVersion?: string;
  readonly scripts?: readonly string[];
  readonly hooks?: readonly HookInfo[];
  /** Shortest wait recorded, ns; 0 = every wait, from its begin. */
  readonly thresholdNs?: number;
  /** Shortest time after which the kernel itself called one of the tasks hung, ns. */
  readonly hungTaskNs?: number;
  /** Clock of the events. bpftrace's `nsecs` is `monotonic`: it stands still while the machine is suspended. */
  readonly clock?: 'monotonic' | 'boot' | 'unknown';
  /** Reading of that clock at time 0 of the capture, decimal text: it does not fit a JS number in general. */
  readonly startClockNs?: string;
  /** Wall-clock time of the capture's start on the recording machine, ISO 8601. */
  readonly startedAt?: string;
  /** Time of the last sign of life from the tracer, ns since the capture's start. */
  readonly endNs?: number;
  /** Why the capture ended: `duration`, `interrupted`, `target lost: …`; missing = it was cut off. */
  readonly endReason?: string;
}

/** Which symbol of the target's kernel stands for one of the documented hooks. */
export interface HookInfo {
  readonly hook: string;
  /** undefined = no symbol of this kernel serves. */
  readonly symbol: string | undefined;
  readonly reason?: string;
}

/** Text kept with a capture as evidence: the kernel log, /proc/PID/stack. */
export interface Attachment {
  readonly name: string;
  readonly text: string;
}

/** Records that are missing from a capture, and why. */
export interface Loss {
  readonly tsNs: number;
  readonly count: number;
  /** `lost_events`, `map_full`, `unparsable_line`, `unknown_event`, `truncated`, … */
  readonly reason: string;
}
