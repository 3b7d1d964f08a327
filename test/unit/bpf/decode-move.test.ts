import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CaptureDecoder } from '../../../src/bpf/decode.ts';
import { SymbolTable } from '../../../src/bpf/symbols.ts';
import { TraceBuilder, type TraceRecord, traceRecords } from '../../../src/trace/index.ts';

const SYMBOLS = SymbolTable.parse('ffffffff81000000 T a_function');

function newDecoder(builder: TraceBuilder): CaptureDecoder {
  const decoder = new CaptureDecoder(builder, { symbols: SYMBOLS, deviceNames: new Map() });
  decodeLine(decoder, 'start clock=1000000');
  return decoder;
}

function decodeLine(decoder: CaptureDecoder, record: string): void {
  decoder.decodeLine(JSON.stringify({ type: 'printf', data: `${record}\n` }));
}

/** Events as records, without what a table may learn of a resource only later. */
function eventsOf(builder: TraceBuilder): TraceRecord[] {
  return [...traceRecords(builder.finish())]
    .filter(({ type }) => type !== 'task')
    .map((record) => ({ ...record, label: undefined }));
}

/** The events of these records; new tables are begun before each of those at `moves`. */
function decodeAll(records: readonly string[], moves: ReadonlySet<number>): TraceRecord[] {
  const builders = [new TraceBuilder()];
  const decoder = newDecoder(builders[0]!);
  records.forEach((record, i) => {
    if (moves.has(i)) {
      builders.push(new TraceBuilder());
      decoder.moveTo(builders.at(-1)!);
    }
    decodeLine(decoder, record);
  });
  return builders.flatMap(eventsOf);
}

const KINDS = ['folio_lock', 'folio_writeback', 'rwsem'];

/** One record at a time that only grows, about few tasks, resources and bios: so they meet. */
const recordAt = (at: number): fc.Arbitrary<string> =>
  fc
    .record({
      word: fc.constantFrom(
        'wait',
        'hold',
        'got',
        'left',
        'free',
        'submit',
        'lock',
        'alloc',
        'done',
        'nonsense',
      ),
      kind: fc.constantFrom(...KINDS),
      res: fc.constantFrom('a', 'b', 'c'),
      tid: fc.integer({ min: 1, max: 4 }),
      holder: fc.integer({ min: 0, max: 4 }),
      hands: fc.constantFrom('', ' hands=0', ' hands=1', ' hands=2'),
      bio: fc.constantFrom('', ' bio=e', ' bio=f'),
      mode: fc.constantFrom('', ' mode=1', ' mode=2'),
    })
    .map(({ word, kind, res, tid, holder, hands, bio, mode }) => {
      switch (word) {
        case 'submit':
          return `submit bio=${bio.slice(5) || 'e'} at=${at}`;
        case 'lock':
          return `lock res=${res} member=inode.i_rwsem dev=5 ino=3`;
        case 'wait':
          return `wait kind=${kind} res=${res} tid=${tid} pid=9 since=${at} at=${at} holder=${holder} held=${at - 50}${hands}${bio}${mode}\nffffffff81000005\n|t${tid}`;
        case 'hold':
          return `hold kind=${kind} res=${res} tid=${tid} pid=9 since=${at - 5} at=${at} by=x${bio}${mode}\n|t${tid}`;
        case 'alloc':
        case 'done':
          return `${word} fn=pcpu_alloc tid=${tid} since=${at} at=${at} gfp=3264\n|t${tid}`;
        default:
          return `${word} kind=${kind} res=${res} tid=${tid} at=${at}${mode}`;
      }
    });

const recordsArbitrary = fc
  .integer({ min: 1, max: 40 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => recordAt(1_001_000 + i * 100))));

describe('a decoder that moves to new tables', () => {
  it('makes the same events as one that stays', () => {
    fc.assert(
      fc.property(recordsArbitrary, fc.uniqueArray(fc.nat({ max: 40 })), (records, moves) => {
        assert.deepEqual(
          inTimeOrder(decodeAll(records, new Set(moves))),
          inTimeOrder(decodeAll(records, new Set())),
        );
      }),
    );
  });

  it('takes along what is held, with its label and its holder, and nothing else', () => {
    const [old, next] = [new TraceBuilder(), new TraceBuilder()];
    const decoder = newDecoder(old);
    decodeLine(decoder, 'hold kind=mutex res=a tid=7 pid=7 since=1000001 at=1000100 by=x\n|gone');
    decodeLine(decoder, 'free kind=mutex res=a at=1000200');
    decodeLine(decoder, 'lock res=b member=inode.i_rwsem dev=5 ino=3\n|tmpfs');
    decodeLine(decoder, 'hold kind=rwsem res=b tid=8 pid=8 since=1000001 at=1000300 by=x\n|holder');
    decoder.moveTo(next);
    assert.equal(next.resources.size, 1);
    assert.equal(
      next.resources.label(next.resources.find('rwsem', '0xb')!),
      'inode.i_rwsem of inode 3 on tmpfs',
    );
    assert.deepEqual(
      next.tasks.rows().map(({ tid, comm }) => [tid, comm]),
      [[8, 'holder']],
    );
    assert.equal(next.latestNs, old.latestNs);
    decodeLine(decoder, 'lock res=b member=inode.i_rwsem dev=5 ino=4\n|tmpfs');
    assert.equal(next.resources.label(0), 'inode.i_rwsem of inode 4 on tmpfs');
  });
});

/** Each builder sorts its own events by time: together they are sorted once more, those of one time by their text. */
function inTimeOrder(records: readonly TraceRecord[]): string[] {
  return records.map((record) => JSON.stringify(record)).sort();
}

describe('a decoder that runs for days', () => {
  it('forgets a bio a minute after its submission, not before', () => {
    const wait = (res: string, at: number) =>
      `wait kind=folio_writeback res=${res} tid=2 pid=2 since=${at} at=${at} holder=3 held=1000001 hands=1 bio=e\n|w`;
    const builder = new TraceBuilder();
    const decoder = newDecoder(builder);
    decodeLine(decoder, 'submit bio=e at=2000000');
    decodeLine(decoder, wait('a', 1_900_000));
    decodeLine(decoder, `submit bio=f at=${2_000_001 + 60e9}`);
    decodeLine(decoder, wait('b', 1_900_000));
    const io = eventsOf(builder).filter(({ type }) => type === 'io_begin');
    assert.deepEqual(
      io.map(({ res, ts }) => [res, ts]),
      [['0xa', 1_000_000]],
    );
  });

  it('keeps a bounded number of holds whose release nobody tells', () => {
    const builder = new TraceBuilder();
    const decoder = newDecoder(builder);
    for (let i = 1; i <= 65_537; i++) {
      decodeLine(decoder, `hold kind=mutex res=${i.toString(16)} tid=7 pid=7 since=1000001 at=1000100 by=x`);
    }
    const next = new TraceBuilder();
    decoder.moveTo(next);
    assert.equal(next.resources.size, 65_536);
    assert.equal(next.resources.find('mutex', '0x1'), undefined);
  });
});
