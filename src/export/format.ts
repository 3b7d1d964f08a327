import type { AnalyzeOptions, OnSourceProgress } from '../../analysis/index.ts';
import type { TraceSource } from '../trace/index.ts';

/** Tables that the formats of rows and columns can write; see README.md for their columns. */
export const EXPORT_TABLES = ['events', 'waits', 'holds'] as const;
export type ExportTableName = (typeof EXPORT_TABLES)[number];

export interface ExportOptions {
  /** The capture as the user named it, for titles. */
  readonly file: string;
  /** What to write, of a format that has `hasTables`. */
  readonly table: ExportTableName;
  /** Most waits, and half as many holds, of a format that `hasSlices`; left out: as many as viewers handle well. */
  readonly maxSlices?: number;
  /** How a format that needs the analysis analyses. */
  readonly analyze: AnalyzeOptions;
  /** Version of this program, for formats that name their writer. */
  readonly version: string;
}

/**
 * What a file of the format consists of, piece by piece; text is written as UTF-8. The next piece is asked for when the
 * one before has been written, so memory need not grow with the file. Whoever asks may stop at any piece.
 *
 * @throws HoldwaitError (input) what reading the source throws
 */
export type ExportWriter = (
  source: TraceSource,
  options: ExportOptions,
  onProgress: OnSourceProgress,
) => AsyncIterable<string | Uint8Array>;

/** One format of `holdwait export`. */
export interface ExportFormat {
  /** As `--format` takes it. */
  readonly name: string;
  /** Extensions of an output that mean this format, lower case with their dot; none belongs to two formats. */
  readonly extensions: readonly string[];
  /** Bytes that are not written to a terminal. */
  readonly isBinary: boolean;
  /** Whether `--table` has a meaning. */
  readonly hasTables: boolean;
  /** It draws waits and holds, and leaves out the shortest of too many. */
  readonly hasSlices?: true;
  /** What it holds and what it is for, half a line. */
  readonly description: string;
  /** Its writer, loaded only when it is needed: some bring large packages with them. */
  load(): Promise<ExportWriter>;
}
