import { type Spread, summarise } from './median.ts';

/** What a ratio has to be. */
export type Wanted = { readonly atLeast: number } | { readonly atMost: number } | { readonly below: number };

/** One line of the table: a ratio of two things that were measured in turns. */
export interface Figure {
  readonly what: string;
  readonly against: string;
  readonly wanted: Wanted;
  readonly ratio: Spread;
  /** Whether the median is as wanted. */
  readonly ok: boolean;
  /** What the ratio was made from, and what else was seen; a name ends with its unit. */
  readonly measured: Readonly<Record<string, Spread | number | string>>;
}

/** One that could not be measured here. */
export interface SkippedFigure {
  readonly what: string;
  readonly against: string;
  /** What is missing, and how to get it. */
  readonly skipped: string;
}

export interface Benchmark {
  /** For `--only`. */
  readonly name: string;
  /** In a few words, for `--list`. */
  readonly about: string;
  /** How long it takes with the default sizes on a machine of two slow cores. */
  readonly minutes: number;
  /** Runs only when it is named. */
  readonly optIn?: boolean;
  run(bench: BenchRun): Promise<readonly (Figure | SkippedFigure)[]>;
}

/** What a benchmark is given. */
export interface BenchRun {
  readonly sizes: BenchSizes;
  /** For files; it is removed in the end. */
  readonly folder: string;
  /** Path of an Arrow file of so many simulated events. Made once, and kept until the end. */
  simulated(events: number): Promise<string>;
  onProgress(text: string): void;
}

export interface BenchSizes {
  /** Times that each measurement is repeated. */
  readonly repeats: number;
  /** Events of the file that is analysed. */
  readonly events: number;
  /** Scheduler events that are recorded in the guest for perf and trace-cmd. */
  readonly recordedEvents: number;
  /** Events of the longer file of `memory`. */
  readonly longEvents: number;
  /** As `capture --scripts` takes them. */
  readonly scripts: string;
  /** Folder in which programs of libbpf-tools are looked for first. */
  readonly bpfTools: string | undefined;
}

type Comparison = Pick<Figure, 'what' | 'against' | 'wanted' | 'measured'>;

/** @param ratios one of each repetition */
export function makeFigure(compared: Comparison, ratios: readonly number[]): Figure {
  const ratio = summarise(ratios);
  return { ...compared, ratio, ok: isAsWanted(compared.wanted, ratio.median) };
}

function isAsWanted(wanted: Wanted, value: number): boolean {
  if ('atLeast' in wanted) {
    return value >= wanted.atLeast;
  }
  return 'atMost' in wanted ? value <= wanted.atMost : value < wanted.below;
}
