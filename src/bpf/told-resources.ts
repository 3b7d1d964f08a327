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

/** A bio that a record named: what is in it, as far as told, and when it was last submitted. */
interface NamedBio {
  readonly resources: Set<number>;
  submittedNs: number;
}

/**
 * What the trace has been told of each resource, so that a hold or an I/O which several records mention becomes one event,
 * and its end one more.
 */
export class ToldResources {
  readonly #builder: TraceBuilder;
  readonly #told = new Map<number, ToldResource>();
  readonly #bios = new Map<string, NamedBio>();

  constructor(builder: TraceBuilder) {
    this.#builder = builder;
  }

  /** The holder has had it since `heldNs`, as a reader or alone (`mode`, a position in MODES or NONE); `taker` is the function that took it, or empty. */
  hold(resource: number, holder: number, heldNs: number, taker: string, mode: number): void {
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
      stack: taker === '' ? undefined : this.#builder.stacks.intern([taker]),
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
    const bio = this.#bioOf(id);
    if (bio.submittedNs >= atNs) {
      this.giveToDevice(resource, bio.submittedNs);
      return true;
    }
    this.#toldOf(resource).bio = id;
    bio.resources.add(resource);
    return false;
  }

  /** The device has what is in the bio: its submitter waits for nothing any more. */
  submitBio(id: string, atNs: number): void {
    const bio = this.#bioOf(id);
    bio.submittedNs = atNs;
    for (const resource of bio.resources) {
      if (this.#told.get(resource)?.bio === id) {
        this.giveToDevice(resource, atNs);
      }
    }
    bio.resources.clear();
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
    this.#told.delete(resource);
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

  #endHold(resource: number, tid: number, atNs: number, shared: boolean): void {
    const mode = shared ? READ : NONE;
    this.#builder.addEvent({ type: EventCode.holdEnd, tsNs: atNs, tid, resource, mode });
  }

  #toldOf(resource: number): ToldResource {
    let told = this.#told.get(resource);
    if (told === undefined) {
      told = { holders: new Map(), shared: false, io: false, bio: undefined };
      this.#told.set(resource, told);
    }
    return told;
  }

  #bioOf(id: string): NamedBio {
    let bio = this.#bios.get(id);
    if (bio === undefined) {
      bio = { resources: new Set(), submittedNs: Number.NEGATIVE_INFINITY };
      this.#bios.set(id, bio);
    }
    return bio;
  }
}
