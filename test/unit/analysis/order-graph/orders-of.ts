import { type Analysis, type AnalyzeOptions, analyzeTrace } from '../../../../analysis/index.ts';
import type { CaptureInfo, TraceRecord } from '../../../../src/trace/index.ts';
import { holdBegin, holdEnd, traceOf } from '../trace-of.ts';

export const PAGE = (index: number, inode = 13): string => `page ${index} of inode ${inode} on vdb (ext4)`;
export const FAULT = [
  'pte_alloc_one+0x14/0x50',
  '__pte_alloc+0x1b/0x170',
  'finish_fault+0x28f/0x310',
  'do_fault+0x1d6/0x410',
];
export const WRITER = [
  'mpage_prepare_extent_to_map+0x3f5/0x4b0 [ext4]',
  'ext4_writepages+0x2f4/0xd00 [ext4]',
];
export const GFP_KERNEL = 0xcc0;
export const GFP_NOFS = 0xc40;

type Rest = Partial<TraceRecord>;

/** Somebody takes locks one in another, and lets all of them go. */
export class Story {
  readonly records: TraceRecord[] = [];
  #nowNs = 1000;

  /** Each `[kind, res, more]`, held until all are. */
  nest(tid: number, ...locks: readonly (readonly [kind: string, res: string, rest?: Rest])[]): this {
    return this.nestAnd(tid, locks, () => undefined);
  }

  nestAnd(
    tid: number,
    locks: readonly (readonly [kind: string, res: string, rest?: Rest])[],
    inside: (ts: () => number, add: (record: TraceRecord) => void) => void,
  ): this {
    for (const [kind, res, rest] of locks) {
      this.records.push(holdBegin(this.#tick(), tid, kind, res, rest));
    }
    inside(
      () => this.#tick(),
      (record) => this.records.push(record),
    );
    for (const [kind, res, rest] of locks.toReversed()) {
      this.records.push(
        holdEnd(this.#tick(), tid, kind, res, rest?.mode === undefined ? {} : { mode: rest.mode }),
      );
    }
    return this;
  }

  /** A page fault that allocates a page table with the page locked. */
  fault(page: number, gfp = GFP_KERNEL, tid = 412): this {
    return this.nestAnd(
      tid,
      [['folio_lock', `L${page}`, { label: PAGE(page), stack: ['filemap_fault'] }]],
      (ts, add) => {
        add({ type: 'alloc_begin', ts: ts(), tid, fn: 'pte_alloc_one', gfp, stack: FAULT });
        add({ type: 'alloc_end', ts: ts(), tid, fn: 'pte_alloc_one' });
      },
    );
  }

  /** Writeback that locks a page with another in a bio that it has not submitted. */
  write(first: number, next: number, inode = 13, tid = 33): this {
    const held = { label: PAGE(first, inode), stack: ['bio_add_page'] };
    this.records.push(holdBegin(this.#tick(), tid, 'folio_writeback', `W${first}.${inode}`, held));
    this.nest(tid, ['folio_lock', `L${next}.${inode}`, { label: PAGE(next, inode), stack: WRITER }]);
    this.records.push({ type: 'io_begin', ts: this.#tick(), res: `W${first}.${inode}` });
    return this;
  }

  analyze(info: CaptureInfo = {}, options: AnalyzeOptions = {}): Analysis {
    return analyzeTrace({ ...traceOf(this.records), info }, options);
  }

  #tick(): number {
    this.#nowNs += 10;
    return this.#nowNs;
  }
}

/** Circles of orders as their classes, each from the smallest name on. */
export function circlesOf({ potential }: Analysis): string[] {
  return potential
    .map(({ classes }) => {
      const first = classes.indexOf(classes.toSorted()[0]!);
      return [...classes.slice(first), ...classes.slice(0, first)].join(' → ');
    })
    .sort();
}
