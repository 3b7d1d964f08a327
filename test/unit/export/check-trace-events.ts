import assert from 'node:assert/strict';

/** An object of `traceEvents`, with times in whole ns. */
export interface ReadEvent {
  readonly ph: 'M' | 'X' | 'i' | 's' | 'f';
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly id: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface ReadTrace {
  readonly about: Readonly<Record<string, string>>;
  readonly events: readonly ReadEvent[];
  /** Name of the track that an event is on. */
  trackOf(event: ReadEvent): string;
  /** Name of the process that an event is in. */
  processOf(event: ReadEvent): string;
}

/** Fields that each sort of event has; `args` besides, where it says something. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  M: ['ph', 'name', 'pid', 'tid', 'args'],
  X: ['ph', 'name', 'cat', 'ts', 'dur', 'pid', 'tid'],
  i: ['ph', 's', 'name', 'cat', 'ts', 'pid', 'tid', 'args'],
  s: ['ph', 'name', 'cat', 'id', 'ts', 'pid', 'tid'],
  f: ['ph', 'bp', 'name', 'cat', 'id', 'ts', 'pid', 'tid'],
};
const METADATA = ['process_name', 'process_sort_index', 'thread_name', 'thread_sort_index'];
/** A larger number is cut to 32 bits by some readers. */
const LARGEST_NUMBER = 2 ** 31 - 1;

/**
 * Reads a file in the Trace Event Format as strictly as the strictest of its readers: every field is of its type, times are
 * µs that stand for whole ns, slices of a track are apart or nested and whole ones never overlap, each arrow has one begin and
 * one end inside slices, each track and process has one name.
 */
export function checkTraceEvents(json: string): ReadTrace {
  const file = JSON.parse(json);
  assert.deepEqual(Object.keys(file), ['displayTimeUnit', 'otherData', 'traceEvents']);
  assert.equal(file.displayTimeUnit, 'ns');
  const events: ReadEvent[] = file.traceEvents.map(checkEvent);
  const names = checkNames(events);
  checkSlices(events);
  checkArrows(events);
  return {
    about: file.otherData,
    events,
    trackOf: (event) => names.get(`thread_name ${trackKey(event)}`)!,
    processOf: ({ pid }) => names.get(`process_name ${pid}`)!,
  };
}

function checkEvent(event: Record<string, unknown>): ReadEvent {
  const text = JSON.stringify(event);
  const known = FIELDS[String(event.ph)];
  assert.ok(known !== undefined, text);
  const { args, ...rest } = event;
  assert.deepEqual(Object.keys(rest).sort(), known.filter((field) => field !== 'args').sort(), text);
  assert.ok(args === undefined ? !known.includes('args') : args !== null && typeof args === 'object', text);
  for (const field of ['pid', 'tid', 'id'].filter((one) => one in event)) {
    const number = event[field];
    assert.ok(Number.isInteger(number) && Number(number) > 0 && Number(number) <= LARGEST_NUMBER, text);
  }
  for (const field of ['name', 'cat'].filter((one) => one in event)) {
    assert.ok(typeof event[field] === 'string' && event[field] !== '', text);
    assert.doesNotMatch(event[field], /\p{Cc}/u);
  }
  assert.ok(event.s === undefined || event.s === 'g', text);
  assert.ok(event.bp === undefined || event.bp === 'e', text);
  return {
    ...event,
    ...(event.ph === 'M' ? {} : { ts: toNs(event.ts), dur: toNs(event.dur ?? 0) }),
  } as ReadEvent;
}

/** As trace processors do: the nearest ns. */
function toNs(us: unknown): number {
  assert.ok(typeof us === 'number' && us >= 0);
  const ns = Math.round(us * 1e3);
  assert.ok(Number.isSafeInteger(ns) && Math.abs(us * 1e3 - ns) <= 0.11, String(us));
  return ns;
}

function checkNames(events: readonly ReadEvent[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const event of events.filter(({ ph }) => ph === 'M')) {
    assert.ok(METADATA.includes(event.name), event.name);
    const key = `${event.name} ${event.name.startsWith('process') ? event.pid : trackKey(event)}`;
    assert.ok(!names.has(key), `${key} is named once`);
    names.set(key, String(event.args.name ?? event.args.sort_index));
  }
  for (const event of events) {
    assert.ok(names.has(`thread_name ${trackKey(event)}`) && names.has(`process_name ${event.pid}`));
  }
  return names;
}

function trackKey({ pid, tid }: ReadEvent): string {
  return `${pid} ${tid}`;
}

function checkSlices(events: readonly ReadEvent[]): void {
  const byTrack = Map.groupBy(
    events.filter(({ ph }) => ph === 'X'),
    trackKey,
  );
  for (const slices of byTrack.values()) {
    const open: number[] = [];
    for (const { ts, dur, name } of slices.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)) {
      while (open.length > 0 && open.at(-1)! <= ts) {
        open.pop();
      }
      assert.ok(open.length === 0 || ts + dur <= open.at(-1)!, `${name} is nested or apart`);
      open.push(ts + dur);
    }
    const whole = slices
      .filter(({ cat }) => cat !== 'blocker')
      .toSorted((a, b) => a.ts - b.ts || a.dur - b.dur);
    for (const [i, { ts }] of whole.entries()) {
      const before = whole[i - 1];
      assert.ok(
        before === undefined || before.ts + before.dur <= ts,
        'waits and holds of a track never overlap',
      );
    }
  }
}

function checkArrows(events: readonly ReadEvent[]): void {
  const slices = Map.groupBy(
    events.filter(({ ph }) => ph === 'X'),
    trackKey,
  );
  const begins = new Map(events.filter(({ ph }) => ph === 's').map((event) => [event.id, event]));
  const ends = events.filter(({ ph }) => ph === 'f');
  assert.equal(begins.size, ends.length);
  assert.equal(new Set(ends.map(({ id }) => id)).size, ends.length);
  for (const end of ends) {
    const begin = begins.get(end.id)!;
    assert.deepEqual([begin.name, begin.cat], [end.name, end.cat]);
    const around = [begin, end].map((event) =>
      slices.get(trackKey(event))!.filter(({ ts, dur }) => ts <= event.ts && event.ts < ts + dur),
    );
    // A reader that puts times in order before arrows turns an arrow round whose end began first.
    const [out, into] = around.map((found) => Math.max(...found.map(({ ts }) => ts)));
    assert.ok(out! <= into!, 'the slice that an arrow ends at begins no earlier');
  }
}
