import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SQLITE_SIDE_FILES } from '../store/output-file.ts';
import type { CaptureInfo, EventColumns, TraceBatch, TraceBuilder } from '../trace/index.ts';
import { SegmentFile } from './segment-file.ts';

export interface WindowOptions {
  /** Exists already, and is this watch's alone. */
  readonly folder: string;
  /** How much of the past is kept, in the time that was watched. */
  readonly keepNs: number;
  readonly keepBytes: number;
}

export interface Segment {
  readonly path: string;
  /** Events at its beginning that tell what was open before it. */
  readonly headEvents: number;
  /** Which run of the tracer it is of: only within one is there one time. 0 = of a watch before this one. */
  readonly session: number;
  /** Time that had been watched when it began. */
  readonly beganNs: number;
  /** Time that had been watched when it ended; undefined = it goes on. */
  endedNs: number | undefined;
}

/** Of the window: how much the oldest piece can be too old, or too large, before it goes. */
const SEGMENTS_PER_WINDOW = 10;
/** Tables this large are begun anew, whatever the time: they hold every name since their beginning. */
const MAX_TABLE_ROWS = 100_000;
/** A piece of any window is at least so long, or so large: to begin one has its price. */
const LEAST_SEGMENT_NS = 1e9;
const LEAST_SEGMENT_BYTES = 256 * 1024;
/** Of tables and file, over what is open at the beginning: else a great hang would make a piece of every batch. */
const LEAST_GROWTH = 2;
const SEGMENT_NAME = /^segment-(\d+)\.sqlite$/;
const OF_BEFORE = { headEvents: 0, session: 0, beganNs: 0, endedNs: 0 };

/**
 * The newest past of a watch, as a row of capture files of which the oldest go. Time is counted as it was watched: while
 * nothing is heard of the target nothing gets older.
 */
export class SegmentWindow {
  readonly #options: WindowOptions;
  #segments: Segment[] = [];
  #file: SegmentFile | undefined;
  #number = 0;
  #session = 0;
  /** Watched time at time 0 of the session. */
  #sessionBeganNs = 0;
  #watchedNs = 0;
  /** When the last piece began, or was to begin, and what it began with: what is open then is in every one. */
  #begunNs = 0;
  #begunBytes = 0;
  #begunRows = 0;
  #readers = 0;

  /** What a watch before this one left gets older with it, and goes in its time. */
  constructor(options: WindowOptions) {
    this.#options = options;
    for (const name of readdirSync(options.folder).sort()) {
      const number = SEGMENT_NAME.exec(name)?.[1];
      if (number !== undefined) {
        this.#number = Number(number);
        this.#segments.push({ ...OF_BEFORE, path: join(options.folder, name) });
      }
    }
  }

  get fileCount(): number {
    return this.#segments.length;
  }

  /** What the window takes on the disk now. */
  sizeBytes(): number {
    return this.#segments.reduce((sum, { path }) => sum + fileBytes(path), 0);
  }

  /** How much of the past there is. */
  get coveredNs(): number {
    return this.#watchedNs - (this.#segments[0]?.beganNs ?? this.#watchedNs);
  }

  /** A tracer begins, with a time of its own. */
  startSession(): void {
    this.#session++;
    this.#sessionBeganNs = this.#watchedNs;
  }

  /** @param aliveNs of the session */
  setTime(aliveNs: number): void {
    this.#watchedNs = Math.max(this.#watchedNs, this.#sessionBeganNs + aliveNs);
  }

  /** @throws HoldwaitError (input) what the store throws, also from write(); the next piece is not due before its time */
  begin(info: CaptureInfo, builder: TraceBuilder, head: EventColumns | undefined): void {
    this.#begunNs = this.#watchedNs;
    this.#begunRows = largestTable(builder);
    const path = join(this.#options.folder, `segment-${String(++this.#number).padStart(6, '0')}.sqlite`);
    this.#file = new SegmentFile(path, info, builder, head);
    this.#segments.push({
      path,
      headEvents: this.#file.headEvents,
      session: this.#session,
      beganNs: this.#watchedNs,
      endedNs: undefined,
    });
    this.#begunBytes = fileBytes(path);
  }

  write(batch: TraceBatch, builder: TraceBuilder): void {
    this.#file?.write(batch, builder);
  }

  /** Whether what is open should be ended and another begun. */
  isFull(builder: TraceBuilder): boolean {
    const { keepNs, keepBytes } = this.#options;
    const open = this.#file === undefined ? undefined : this.#segments.at(-1);
    return (
      this.#watchedNs - this.#begunNs >= Math.max(LEAST_SEGMENT_NS, keepNs / SEGMENTS_PER_WINDOW) ||
      largestTable(builder) >= Math.max(MAX_TABLE_ROWS, LEAST_GROWTH * this.#begunRows) ||
      (open !== undefined && fileBytes(open.path) >= this.#mostBytes(keepBytes))
    );
  }

  #mostBytes(keepBytes: number): number {
    return Math.max(LEAST_SEGMENT_BYTES, keepBytes / SEGMENTS_PER_WINDOW, LEAST_GROWTH * this.#begunBytes);
  }

  async end(info: CaptureInfo): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    const last = this.#segments.at(-1);
    if (last !== undefined) {
      last.endedNs ??= this.#watchedNs;
    }
    this.#prune();
    await file?.close(info);
  }

  /** Gives the pieces that one capture can be made of, and keeps them until the work is done. */
  async read<T>(work: (segments: readonly Segment[]) => Promise<T>): Promise<T> {
    this.#readers++;
    try {
      return await work(this.#segments.filter(({ session }) => session === this.#session));
    } finally {
      this.#readers--;
      this.#prune();
    }
  }

  #prune(): void {
    const { keepNs, keepBytes } = this.#options;
    const isOld = ({ endedNs }: Segment) => endedNs !== undefined && this.#watchedNs - endedNs > keepNs;
    const isTooMuch = () => this.#segments.length > 1 && this.sizeBytes() > keepBytes;
    while (
      this.#readers === 0 &&
      this.#segments[0]?.endedNs !== undefined &&
      (isOld(this.#segments[0]) || isTooMuch())
    ) {
      removeSegment(this.#segments.shift()!);
    }
  }
}

function largestTable({ resources, stacks, tasks }: TraceBuilder): number {
  return Math.max(resources.size, stacks.size, tasks.size);
}

function removeSegment({ path }: Segment): void {
  for (const suffix of ['', ...SQLITE_SIDE_FILES]) {
    rmSync(path + suffix, { force: true });
  }
}

/** With its log, which is folded in at the end. */
function fileBytes(path: string): number {
  return ['', '-wal'].reduce(
    (sum, suffix) => sum + (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
