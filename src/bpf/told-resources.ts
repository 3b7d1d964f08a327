import type { TraceBuilder } from '../trace/trace.ts';
import { EventCode, MODES, NONE } from '../trace/words.ts';

const READ = MODES.indexOf('read');

/** A resource as the decoder last told the trace of it. */
interface ToldResource {
  /** Since when each holder has had it: one exclusive holder, or any number of readers. */
  readonly holders: Map<number, number>;
  shared: boolean;
  io: boolean;
  /** The open bio it was told to be in. */
  bio: string | undefined;
}

/** Records come at most this late: one that says a bio is open may be older than the bio's submission. */
const SUBMISSIONS_KEPT_NS = 60e9;

/** Some releases are never told, as of what nobody waits for any more: the oldest holds beyond so many are forgotten. */
const MAX_TOLD = 65_536;

/**
 * What the trace has been told of each resource, so that a hold or an I/O which several records mention becomes one event,
 * and its end one more. Bounded, however long the capture.
 */
export class ToldResources {
  #builder: TraceBuilder;
  #told = new Map<number, ToldResource>();
  /** What is in each open bio that a record named, as far as told. */
  #bios = new Map<string, Set<number>>();
  /** When each bio was last submitted, oldest first. */
  readonly #submittedNs = new Map<string, number>();

  constructor(builder: TraceBuilder) {
    this.#builder = builder;
  }

  /** The holder has had it since `heldNs`, as a reader or alone (`mode`, a position in MODES or NONE); `stack` is where it was taken, or NONE. */
  hold(resource: number, holder: number, heldNs: number, stack: number, mode: number): void {
    const told = this.#toldOf(resource);
    const shared = mode === READ;
    if (told.holders.get(holder) === heldNs && told.shared === shared) {
      return;
    }
    if (!shared || !told.shared) {
      told.holders.clear();
    }
    told.holders.set(holder, heldNs);
    told.shared = shared;
    this.#builder.addEvent({
      type: EventCode.holdBegin,
      tsNs: heldNs,
      tid: holder,
      resource,
      mode,
      stack,
    });
  }

  /** Its release is up to a device from now on. */
  giveToDevice(resource: number, atNs: number): void {
    const told = this.#toldOf(resource);
    if (!told.io) {
      told.io = true;
      this.#builder.addEvent({ type: EventCode.ioBegin, tsNs: atNs, resource });
    }
  }

  /** Keeps which bio it is in; true = the bio was submitted before the record came, and the device has it. */
  putIntoBio(resource: number, id: string | undefined, atNs: number): boolean {
    if (id === undefined) {
      return false;
    }
    const submittedNs = this.#submittedNs.get(id);
    if (submittedNs !== undefined && submittedNs >= atNs) {
      this.giveToDevice(resource, submittedNs);
      return true;
    }
    const told = this.#toldOf(resource);
    this.#takeOutOfBio(resource, told);
    told.bio = id;
    this.#bios.set(id, (this.#bios.get(id) ?? new Set()).add(resource));
    return false;
  }

  /** The device has what is in the bio: its submitter waits for nothing any more. */
  submitBio(id: string, atNs: number): void {
    for (const resource of this.#bios.get(id) ?? []) {
      this.giveToDevice(resource, atNs);
    }
    this.#bios.delete(id);
    this.#submittedNs.delete(id);
    this.#submittedNs.set(id, atNs);
    for (const [oldest, submittedNs] of this.#submittedNs) {
      if (atNs - submittedNs <= SUBMISSIONS_KEPT_NS) {
        break;
      }
      this.#submittedNs.delete(oldest);
    }
  }

  /** Whoever had it then has let go; a release is told some time after it happened, and another may have it by now. */
  end(resource: number, atNs: number): void {
    const told = this.#told.get(resource);
    if (told === undefined) {
      return;
    }
    for (const [tid, heldNs] of told.holders) {
      if (heldNs <= atNs) {
        told.holders.delete(tid);
        this.#endHold(resource, tid, atNs, told.shared);
      }
    }
    if (told.holders.size > 0) {
      return;
    }
    this.#forget(resource, told);
    if (told.io) {
      this.#builder.addEvent({ type: EventCode.ioEnd, tsNs: atNs, resource });
    }
  }

  /** Whoever had it alone has let go: a reader has it now, beside others perhaps. */
  endExclusive(resource: number, atNs: number): void {
    if (!this.#told.get(resource)?.shared) {
      this.end(resource, atNs);
    }
  }

  /** One of the readers has let go. */
  endReader(resource: number, tid: number, atNs: number): void {
    const told = this.#told.get(resource);
    if (told?.shared && told.holders.delete(tid)) {
      this.#endHold(resource, tid, atNs, true);
    }
  }

  /** Goes on with the tables of another builder: what was told is known there by its kind and id, and so are its holders. */
  moveTo(builder: TraceBuilder): void {
    const from = this.#builder;
    const moved = new Map<number, number>();
    for (const [resource, { holders }] of this.#told) {
      moved.set(resource, internAgain(resource, from, builder));
      for (const tid of holders.keys()) {
        nameAgain(tid, from, builder);
      }
    }
    this.#told = new Map(Array.from(this.#told, ([resource, told]) => [moved.get(resource)!, told]));
    this.#bios = new Map(
      Array.from(this.#bios, ([id, inside]) => [id, new Set(Array.from(inside, (old) => moved.get(old)!))]),
    );
    this.#builder = builder;
  }

  #endHold(resource: number, tid: number, atNs: number, shared: boolean): void {
    const mode = shared ? READ : NONE;
    this.#builder.addEvent({ type: EventCode.holdEnd, tsNs: atNs, tid, resource, mode });
  }

  #toldOf(resource: number): ToldResource {
    let told = this.#told.get(resource);
    if (told === undefined) {
      this.#forgetOldest();
      told = { holders: new Map(), shared: false, io: false, bio: undefined };
      this.#told.set(resource, told);
    }
    return told;
  }

  #forgetOldest(): void {
    const [oldest] = this.#told;
    if (this.#told.size >= MAX_TOLD && oldest !== undefined) {
      this.#forget(...oldest);
    }
  }

  #forget(resource: number, told: ToldResource): void {
    this.#takeOutOfBio(resource, told);
    this.#told.delete(resource);
  }

  #takeOutOfBio(resource: number, { bio }: ToldResource): void {
    const inside = bio === undefined ? undefined : this.#bios.get(bio);
    if (inside?.delete(resource) && inside.size === 0) {
      this.#bios.delete(bio!);
    }
  }
}

function internAgain(resource: number, from: TraceBuilder, to: TraceBuilder): number {
  const label = from.resources.label(resource);
  const again = to.resources.intern(from.resources.kind(resource), from.resources.id(resource));
  if (label !== undefined) {
    to.resources.setLabel(again, label);
  }
  return again;
}

function nameAgain(tid: number, from: TraceBuilder, to: TraceBuilder): void {
  const task = from.tasks.latest(tid);
  if (task !== undefined) {
    to.setTask(tid, task.pid, task.comm, task.fromNs);
  }
}
