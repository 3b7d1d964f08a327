import assert from 'node:assert/strict';

/** An object of `traceEvents`, with times in whole ns. */
export interface ReadEvent {
  readonly ph: 'M' | 'X' | 'i';
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  /** Of both ends of an arrow; those from one wait have one. */
  readonly bind_id?: string;
  readonly flow_out?: true;
  readonly flow_in?: true;
  readonly args: Readonly<Record<string, unknown>>;
}

/** From the slice of a wait to a mark in a slice of its blocker. */
export interface Arrow {
  readonly from: ReadEvent;
  readonly to: ReadEvent;
}

export interface ReadTrace {
  readonly about: Readonly<Record<string, string>>;
  readonly events: readonly ReadEvent[];
  readonly arrows: readonly Arrow[];
  /** Name of the track that an event is on. */
  trackOf(event: ReadEvent): string;
  /** Name of the process that an event is in. */
  processOf(event: ReadEvent): string;
}

/** Fields that each sort of event has; besides `args`, where it says something, and on slices those of an arrow. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  M: ['ph', 'name', 'pid', 'tid', 'args'],
  X: ['ph', 'name', 'cat', 'ts', 'dur', 'pid', 'tid'],
  i: ['ph', 's', 'name', 'cat', 'ts', 'pid', 'tid', 'args'],
};
const METADATA = ['process_name', 'process_sort_index', 'thread_name', 'thread_sort_index'];
/** A larger number is cut to 32 bits by some readers. */
const LARGEST_NUMBER = 2 ** 31 - 1;

/**
 * Reads a file in the Trace Event Format as strictly as the strictest of its readers: every field is of its type, times are
 * µs that stand for whole ns, slices of a track are apart or nested and whole ones never overlap, each arrow leads from
 * a wait to a mark of its own, each track and process has one name.
 */
export function checkTraceEvents(json: string): ReadTrace {
  const file = JSON.parse(json);
  assert.deepEqual(Object.keys(file), ['displayTimeUnit', 'otherData', 'traceEvents']);
  assert.equal(file.displayTimeUnit, 'ns');
  const events: ReadEvent[] = file.traceEvents.map(checkEvent);
  const names = checkNames(events);
  checkSlices(events);
  const trackOf = (event: ReadEvent) => names.get(`thread_name ${trackKey(event)}`)!;
  return {
    about: file.otherData,
    events,
    arrows: checkArrows(events, trackOf),
    trackOf,
    processOf: ({ pid }) => names.get(`process_name ${pid}`)!,
  };
}

function checkEvent(event: Record<string, unknown>): ReadEvent {
  const text = JSON.stringify(event);
  const known = FIELDS[String(event.ph)];
  assert.ok(known !== undefined, text);
  const { args, bind_id, flow_out, flow_in, ...rest } = event;
  assert.deepEqual(Object.keys(rest).sort(), known.filter((field) => field !== 'args').sort(), text);
  assert.ok(args === undefined ? !known.includes('args') : args !== null && typeof args === 'object', text);
  const binding = [bind_id, flow_out, flow_in].filter((value) => value !== undefined);
  assert.ok(binding.length === 0 || event.ph === 'X', text);
  assert.ok(binding.length === 0 || (binding.length === 2 && /^0x[1-9a-f]/.test(String(bind_id))), text);
  assert.ok(
    [flow_out, flow_in].every((value) => value === undefined || value === true),
    text,
  );
  for (const field of ['pid', 'tid'].filter((one) => one in event)) {
    const number = event[field];
    assert.ok(Number.isInteger(number) && Number(number) > 0 && Number(number) <= LARGEST_NUMBER, text);
  }
  for (const field of ['name', 'cat'].filter((one) => one in event)) {
    assert.ok(typeof event[field] === 'string' && event[field] !== '', text);
    assert.doesNotMatch(event[field], /\p{Cc}/u);
  }
  assert.ok(event.s === undefined || event.s === 'g', text);
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

/** Where a reader finds an arrow's end before its begin, it has no arrow: times in order, and longer slices before shorter. */
function checkArrows(events: readonly ReadEvent[], trackOf: ReadTrace['trackOf']): readonly Arrow[] {
  const bound = events.filter(({ bind_id }) => bind_id !== undefined);
  const inOrder = bound.toSorted((a, b) => a.ts - b.ts || b.dur - a.dur);
  const begins = new Map<string, ReadEvent>();
  const arrows: Arrow[] = [];
  for (const event of inOrder) {
    const id = event.bind_id!;
    if (event.flow_out) {
      assert.ok(!begins.has(id) && event.cat === 'waits', id);
      begins.set(id, event);
      continue;
    }
    const from = begins.get(id);
    assert.ok(from !== undefined && event.cat === 'blocker', id);
    assert.equal(event.name, `wanted by ${trackOf(from).replace(/ waits \d+$/, '')}`);
    arrows.push({ from, to: event });
  }
  assert.equal(new Set(arrows.map(({ from }) => from)).size, begins.size);
  assert.equal(arrows.length, events.filter(({ cat }) => cat === 'blocker').length);
  return arrows;
}
