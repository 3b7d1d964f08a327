import type { TraceBuilder } from '../trace/trace.ts';
import { ALLOC_FUNCTIONS, EVIDENCES, EventCode, type Evidence, MODES, NONE } from '../trace/words.ts';
import { CapturedStacks } from './captured-stacks.ts';
import { lostCount, parseEnvelope } from './envelope.ts';
import { LockNames } from './lock-names.ts';
import { PlaceNames } from './place-names.ts';
import { decodeRecordLine, type RecordLine, toCount } from './record-line.ts';
import type { SymbolTable } from './symbols.ts';
import { ToldResources } from './told-resources.ts';

/** Functions that took a lock or started a writeback: the `by` field of the records. */
const TAKEN_BY: Readonly<Record<string, string>> = {
  1: '__folio_lock',
  2: 'filemap_fault',
  3: 'do_page_mkwrite',
  4: '__filemap_get_folio',
  5: '__lock_page',
  6: 'pagecache_get_page',
  7: '__test_set_page_writeback',
  8: 'mpage_prepare_extent_to_map',
  9: 'write_cache_pages',
  10: 'writeback_iter',
  11: 'bio_add_page',
};
/** The `hands` field of folio-writeback.bt: in whose hands the end of the writeback is. */
const HANDS = { nobodyKnown: '0', openBio: '1', device: '2' } as const;
/** -E2BIG, the return code of an update of a full map. */
const MAP_FULL = -7;
/** -ENOENT: the entry to be deleted was gone already, so nothing is missing. */
const NO_SUCH_KEY = -2;

const READ = MODES.indexOf('read');

/** Decimal, up to 2^64. */
const CLOCK_READING = /^\d{1,20}$/;

export interface DecoderOptions {
  readonly symbols: SymbolTable;
  /** Names of block devices by `major:minor`. */
  readonly deviceNames: ReadonlyMap<string, string>;
}

/**
 * Turns bpftrace's JSON lines into events of a trace. One wait record becomes up to three events (the hold and the I/O it
 * was joined with in the kernel, then the wait), so that a capture reads like a trace that recorded everything.
 */
export class CaptureDecoder {
  #builder: TraceBuilder;
  readonly #options: DecoderOptions;
  readonly #told: ToldResources;
  readonly #stacks: CapturedStacks;
  readonly #places: PlaceNames;
  readonly #lockNames: LockNames;
  #startClock: bigint | undefined;
  #startNs = 0;
  #aliveNs = 0;

  constructor(builder: TraceBuilder, options: DecoderOptions) {
    this.#builder = builder;
    this.#options = options;
    this.#told = new ToldResources(builder);
    this.#stacks = new CapturedStacks(builder.stacks, options.symbols);
    this.#places = new PlaceNames(options.deviceNames);
    this.#lockNames = new LockNames(builder.resources, { symbols: options.symbols, places: this.#places });
  }

  /** Reading of the tracer's clock at time 0; undefined until the tracer has started. */
  get startClockNs(): bigint | undefined {
    return this.#startClock;
  }

  /** Last sign of life, ns since the capture's start. */
  get aliveNs(): number {
    return this.#aliveNs;
  }

  /** Takes one line of bpftrace's output, without its line feed. Whatever cannot be read is counted as loss. */
  decodeLine(line: string): void {
    if (line.trim() === '') {
      return;
    }
    const message = parseEnvelope(line);
    if (message === undefined) {
      this.countLoss('unparsable_line');
      return;
    }
    switch (message.type) {
      case 'printf':
        this.#decodeRecord(message.data);
        return;
      case 'lost_events':
        this.countLoss('lost_events', lostCount(message.data));
        return;
      case 'helper_error':
        if (message.helper !== 'map_delete_elem' || message.retcode !== NO_SUCH_KEY) {
          this.countLoss(message.retcode === MAP_FULL ? 'map_full' : 'helper_error');
        }
        return;
      case 'attached_probes':
        return;
      default:
        this.countLoss('unknown_message');
    }
  }

  /**
   * From the next line on, events, tasks and resources go to another builder, with the names of what is held: its tables
   * have only what is needed from here, however long the capture.
   */
  moveTo(builder: TraceBuilder): void {
    builder.startAt(this.#builder.latestNs);
    this.#told.moveTo(builder);
    this.#stacks.moveTo(builder.stacks);
    this.#lockNames.moveTo(builder.resources);
    this.#builder = builder;
  }

  countLoss(reason: string, count = 1): void {
    this.#builder.addLoss({ tsNs: this.#builder.latestNs, count, reason });
  }

  #decodeRecord(data: unknown): void {
    const record = typeof data === 'string' ? decodeRecordLine(data) : undefined;
    if (record === undefined || this.#stacks.find(record.stack) === undefined || !this.#decodeWord(record)) {
      this.countLoss('unparsable_line');
    }
  }

  /** False = the record is not one of ours, or lacks a field. */
  #decodeWord(record: RecordLine): boolean {
    if (record.word === 'start') {
      this.#startClock = toBigInt(record.fields.get('clock'));
      this.#startNs = Number(this.#startClock ?? 0);
      return this.#startClock !== undefined;
    }
    const atNs = this.#time(record.fields.get('at'));
    if (atNs !== undefined) {
      this.#aliveNs = Math.max(this.#aliveNs, atNs);
    }
    switch (record.word) {
      case 'tick':
        return atNs !== undefined;
      case 'task':
        return this.#decodeTask(record);
      case 'lock':
        return this.#lockNames.decode(record);
      case 'wait':
        return this.#decodeWait(record, atNs);
      case 'got':
      case 'left':
        return this.#decodeWaitEnd(record, atNs);
      case 'free':
        return this.#decodeFree(record, atNs);
      case 'hold':
        return this.#decodeTaken(record, atNs);
      case 'submit':
        return this.#decodeSubmit(record, atNs);
      case 'alloc':
      case 'done':
        return this.#decodeAlloc(record, atNs);
      case 'reclaim':
      case 'reclaimed':
        return this.#decodeReclaim(record, atNs);
      default:
        return false;
    }
  }

  #decodeTask({ fields, comm }: RecordLine): boolean {
    const tid = toCount(fields.get('tid'));
    if (tid === undefined) {
      return false;
    }
    this.#builder.setTask(tid, toCount(fields.get('pid')), comm);
    return true;
  }

  #nameTask({ fields, comm }: RecordLine, tid: number, tsNs: number): void {
    this.#builder.setTaskOfEvent(tid, toCount(fields.get('pid')), comm, tsNs);
  }

  #decodeWait(record: RecordLine, atNs: number | undefined): boolean {
    const { fields } = record;
    const tid = toCount(fields.get('tid'));
    const sinceNs = this.#time(fields.get('since'));
    const resource = this.#resource(fields);
    if (tid === undefined || sinceNs === undefined || resource === undefined || atNs === undefined) {
      return false;
    }
    this.#nameTask(record, tid, sinceNs);
    const holder = this.#decodeOwner(fields) ?? this.#decodeHold(fields, resource, atNs);
    this.#builder.addEvent({
      type: EventCode.waitBegin,
      tsNs: sinceNs,
      tid,
      resource,
      mode: modeOf(fields),
      stack: this.#stacks.find(record.stack),
      holderTid: holder?.tid,
      evidence:
        holder === undefined && !saysWho(fields)
          ? undefined
          : EVIDENCES.indexOf(holder?.evidence ?? 'unknown'),
    });
    return true;
  }

  /** What the lock itself says. Of the readers of an rwsem it names one at most, who may have left: a hint. */
  #decodeOwner(fields: RecordLine['fields']): NamedHolder | undefined {
    const owner = toCount(fields.get('owner'));
    const hint = toCount(fields.get('hint'));
    if (owner) {
      return { tid: owner, evidence: 'owner-field' };
    }
    return hint ? { tid: hint, evidence: 'unknown' } : undefined;
  }

  /** Adds what the kernel side joined to a wait: who had the resource, or that a device has it. */
  #decodeHold(fields: RecordLine['fields'], resource: number, atNs: number): NamedHolder | undefined {
    const hands = fields.get('hands');
    if (hands === HANDS.device) {
      this.#told.giveToDevice(resource, atNs);
      return undefined;
    }
    const holder = toCount(fields.get('holder'));
    const heldNs = this.#time(fields.get('held'));
    if (!holder || heldNs === undefined) {
      return undefined;
    }
    if (hands === HANDS.nobodyKnown) {
      return { tid: holder, evidence: 'unknown' };
    }
    const taker = fields.get('by') ?? (hands === undefined ? '' : 'folio_start_writeback');
    this.#told.hold(resource, holder, heldNs, this.#stackOfTaker(taker, ''), NONE);
    const withDevice = this.#told.putIntoBio(resource, fields.get('bio'), atNs);
    return withDevice ? undefined : { tid: holder, evidence: 'traced' };
  }

  /** A lock that somebody waits for was taken, or a writeback that somebody waits for was put into an open bio. */
  #decodeTaken(record: RecordLine, atNs: number | undefined): boolean {
    const { fields } = record;
    const tid = toCount(fields.get('tid'));
    const sinceNs = this.#time(fields.get('since'));
    const resource = this.#resource(fields);
    if (tid === undefined || sinceNs === undefined || resource === undefined) {
      return false;
    }
    if (record.comm !== undefined) {
      this.#nameTask(record, tid, sinceNs);
    }
    const taker = fields.get('by') ?? '';
    this.#told.hold(resource, tid, sinceNs, this.#stackOfTaker(taker, record.stack), modeOf(fields));
    this.#told.putIntoBio(resource, fields.get('bio'), atNs ?? sinceNs);
    return true;
  }

  /** The device has what is in the bio: its submitter waits for nothing any more. */
  #decodeSubmit({ fields }: RecordLine, atNs: number | undefined): boolean {
    const id = fields.get('bio');
    if (id === undefined || atNs === undefined) {
      return false;
    }
    this.#told.submitBio(id, atNs);
    return true;
  }

  #decodeWaitEnd({ word, fields }: RecordLine, atNs: number | undefined): boolean {
    const tid = toCount(fields.get('tid'));
    const resource = this.#resource(fields);
    if (tid === undefined || resource === undefined || atNs === undefined) {
      return false;
    }
    // Whoever had it has let go, whether or not the release itself was worth a record.
    if (word === 'got' && modeOf(fields) === READ) {
      this.#told.endExclusive(resource, atNs);
    } else if (word === 'got') {
      this.#told.end(resource, atNs);
    }
    this.#builder.addEvent({ type: EventCode.waitEnd, tsNs: atNs, tid, resource });
    return true;
  }

  #decodeFree({ fields }: RecordLine, atNs: number | undefined): boolean {
    const resource = this.#resource(fields);
    if (resource === undefined || atNs === undefined) {
      return false;
    }
    const tid = toCount(fields.get('tid'));
    if (modeOf(fields) === READ && tid !== undefined) {
      this.#told.endReader(resource, tid, atNs);
    } else {
      // Where nobody was known to hold it, the releasing tid is no news: it may be any task that an interrupt fell upon.
      this.#told.end(resource, atNs);
    }
    return true;
  }

  #decodeAlloc(record: RecordLine, atNs: number | undefined): boolean {
    const { fields, word } = record;
    const tid = toCount(fields.get('tid'));
    const fn = (ALLOC_FUNCTIONS as readonly string[]).indexOf(fields.get('fn') ?? '');
    const tsNs = word === 'alloc' ? this.#time(fields.get('since')) : atNs;
    if (tid === undefined || fn < 0 || tsNs === undefined) {
      return false;
    }
    if (word === 'alloc') {
      this.#nameTask(record, tid, tsNs);
    }
    this.#builder.addEvent({
      type: word === 'alloc' ? EventCode.allocBegin : EventCode.allocEnd,
      tsNs,
      tid,
      fn,
      sizeBytes: toCount(fields.get('size')),
      gfp: toCount(fields.get('gfp')),
      stack: this.#stacks.find(record.stack),
    });
    return true;
  }

  #decodeReclaim(record: RecordLine, atNs: number | undefined): boolean {
    const { fields, word } = record;
    const tid = toCount(fields.get('tid'));
    const res = fields.get('res');
    const tsNs = word === 'reclaim' ? this.#time(fields.get('since')) : atNs;
    if (tid === undefined || res === undefined || tsNs === undefined) {
      return false;
    }
    if (word === 'reclaim') {
      this.#nameTask(record, tid, tsNs);
    }
    const id = res === '0' ? `machine:${tid}` : `memcg:0x${res}:${tid}`;
    const resource = this.#builder.resources.intern('reclaim', id);
    if (word === 'reclaim') {
      this.#builder.resources.setLabel(resource, this.#describeReclaim(fields, res));
    }
    this.#builder.addEvent({
      type: word === 'reclaim' ? EventCode.holdBegin : EventCode.holdEnd,
      tsNs,
      tid,
      resource,
    });
    return true;
  }

  /** Whose memory, which caches it is looking through, and what it may not wait for. */
  #describeReclaim(fields: RecordLine['fields'], res: string): string {
    const node = toCount(fields.get('node'));
    const whole = node === undefined ? 'reclaim for the whole machine' : `kswapd's reclaim of node ${node}`;
    const shrinker = fields.get('shrinker') ?? '0';
    const inside =
      /^[0-9a-f]+$/.test(shrinker) && shrinker !== '0'
        ? `, in ${this.#options.symbols.frame(shrinker).split('+', 1)[0]}`
        : '';
    const gfp = toCount(fields.get('gfp'));
    const scope = gfp === undefined ? '' : describeScope(gfp);
    return `${res === '0' ? whole : `reclaim of memory cgroup 0x${res}`}${inside}${scope}`;
  }

  #resource(fields: RecordLine['fields']): number | undefined {
    const kind = fields.get('kind');
    const res = fields.get('res');
    if (kind === undefined || res === undefined || !/^[0-9a-f]+$/.test(res)) {
      return undefined;
    }
    const resource = this.#builder.resources.intern(kind, `0x${res}`);
    const label = this.#pageLabel(fields) ?? this.#lockNames.nameOf(kind, res);
    if (label !== undefined) {
      this.#builder.resources.setLabel(resource, label);
    }
    return resource;
  }

  #pageLabel(fields: RecordLine['fields']): string | undefined {
    const place = this.#places.nameOf(fields);
    const inode = fields.get('ino');
    const index = fields.get('index');
    if (place === undefined || inode === undefined || index === undefined) {
      return undefined;
    }
    return `page ${index} of inode ${inode} on ${place}`;
  }

  #stackOfTaker(by: string, stack: string): number {
    return this.#stacks.findTaker(TAKEN_BY[by] ?? by, stack) ?? NONE;
  }

  /** ns since the capture's start; a wait cannot begin before it, so a little earlier is 0. */
  #time(text: string | undefined): number | undefined {
    if (this.#startClock === undefined) {
      return undefined;
    }
    // Fifteen digits are the first eleven days after a boot; BigInts cost a multiple.
    const count = toCount(text);
    if (count !== undefined) {
      return Math.max(0, count - this.#startNs);
    }
    const clock = toBigInt(text);
    return clock === undefined ? undefined : Math.max(0, Number(clock - this.#startClock));
  }
}

/** Who a wait record says has the resource, and why that is believed. */
interface NamedHolder {
  readonly tid: number;
  readonly evidence: Evidence;
}

/** The kernel side looked for who has the resource, and 0 is its answer for nobody: what it said before is out of date. */
function saysWho(fields: RecordLine['fields']): boolean {
  return ['owner', 'hint', 'holder'].some((name) => fields.has(name));
}

const GFP_IO = 0x40;
const GFP_FS = 0x80;

/** What an allocation's mask keeps reclaim from entering. */
function describeScope(gfp: number): string {
  if ((gfp & GFP_IO) === 0) {
    return ', NOIO';
  }
  return (gfp & GFP_FS) === 0 ? ', NOFS' : '';
}

/** Position in MODES, which the records count from 1; NONE without a mode. */
function modeOf(fields: RecordLine['fields']): number {
  const mode = toCount(fields.get('mode')) ?? 0;
  return mode >= 1 && mode <= MODES.length ? mode - 1 : NONE;
}

function toBigInt(text: string | undefined): bigint | undefined {
  return text !== undefined && CLOCK_READING.test(text) ? BigInt(text) : undefined;
}
