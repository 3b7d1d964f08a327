import { NONE, type ResourceTable } from '../../src/trace/index.ts';
import { type Classified, classifyResource, isPassing } from './classify-resource.ts';

/** A class of locks, with what was seen of it. */
export interface LockClass extends Pick<Classified, 'base' | 'device' | 'fsType' | 'isInstance'> {
  readonly kind: string;
  /** Somebody took or wanted one of them to write. */
  isWritten: boolean;
  /** 1 = the lock of a folio, 2 = its writeback, 0 = neither. */
  readonly folio: 0 | 1 | 2;
  readonly isReclaim: boolean;
  readonly isSpinlock: boolean;
  /** To begin holding it is to start something, not to take it from another: only waits for its end can block. */
  readonly isBegun: boolean;
}

const BEGUN_KINDS = ['folio_writeback', 'transaction', 'fuse_request', 'completion'];

/** How the thing that is wanted lies to the thing that is held, where both are of inodes or both of processes. */
export const Relation = { same: 0, up: 1, down: 2, other: 3, any: 4 } as const;

/** Classes of one lock: so many at most, or a capture of locks without labels would fill the memory. */
const MAX_INSTANCES = 16_384;
const FIRST_CAPACITY = 1024;

/** The class of each resource, as its label is now. Asking costs a look into an array unless labels have changed since. */
export class ResourceClasses {
  /** Locks without a label that are in no class, since there were too many. */
  leftOut = 0;
  readonly #resources: ResourceTable;
  readonly #all: LockClass[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #owners = new Map<string, number>();
  readonly #typeByDevice = new Map<string, string>();
  #instances = 0;
  #classOf = new Int32Array(FIRST_CAPACITY);
  #ownerOf = new Int32Array(FIRST_CAPACITY);
  #pageOf = new Float64Array(FIRST_CAPACITY);
  /** Change of labels at which the entry was made, from 1; 0 = never. */
  #madeAt = new Int32Array(FIRST_CAPACITY);

  constructor(resources: ResourceTable) {
    this.#resources = resources;
  }

  get size(): number {
    return this.#all.length;
  }

  get(index: number): LockClass {
    return this.#all[index]!;
  }

  /** Class of a resource, or NONE. */
  of(resource: number): number {
    if (this.#madeAt[resource] !== this.#resources.labelChanges + 1) {
      this.#classify(resource);
    }
    return this.#classOf[resource]!;
  }

  /** A class that stands for no resource. */
  intern(kind: string, base: string): number {
    return this.#intern(kind, { base, isInstance: false });
  }

  /** The resource as a class of its own, where two of one class are held together; NONE = it cannot be told from others. */
  instance(resource: number): number {
    const { kind, label, id } = this.#describe(resource);
    if (isPassing(kind)) {
      return NONE;
    }
    const isPage = !Number.isNaN(this.#pageOf[resource]);
    const whose = this.#ownerOf[resource] === NONE ? `${label ?? kind} ${id}` : label!;
    return this.#intern(kind, { base: isPage ? `${kind} of ${whose}` : whose, isInstance: true });
  }

  /** One of Relation. */
  relate(held: number, wanted: number): number {
    const owner = this.#ownerOf[held]!;
    const other = this.#ownerOf[wanted]!;
    if (owner === NONE || other === NONE || (owner & 1) !== (other & 1)) {
      return Relation.any;
    }
    if (owner !== other) {
      return Relation.other;
    }
    const distance = this.#pageOf[wanted]! - this.#pageOf[held]!;
    return distance > 0 ? Relation.up : distance < 0 ? Relation.down : Relation.same;
  }

  /** `folio_lock (ext4)`: by the type of the file system as soon as any label of the device has told it. */
  name(index: number): string {
    return this.#name(this.#all[index]!);
  }

  nameOf(kind: string, id: string, label: string | undefined): string | undefined {
    const classified = classifyResource(kind, id, label);
    return classified && this.#name(classified);
  }

  #name({ base, device, fsType }: Pick<Classified, 'base' | 'device' | 'fsType'>): string {
    return device === undefined ? base : `${base} (${fsType ?? this.#typeByDevice.get(device) ?? device})`;
  }

  #classify(resource: number): void {
    this.#grow(resource);
    const { kind, label, id } = this.#describe(resource);
    const classified = classifyResource(kind, id, label);
    this.#madeAt[resource] = this.#resources.labelChanges + 1;
    this.#ownerOf[resource] = this.#internOwner(classified);
    this.#pageOf[resource] = classified?.page ?? Number.NaN;
    this.#classOf[resource] = classified === undefined ? NONE : this.#intern(kind, classified);
  }

  /** A folio has one label, whichever of its two bits it came with. */
  #describe(resource: number): { kind: string; id: string; label: string | undefined } {
    const kind = this.#resources.kind(resource);
    const id = this.#resources.id(resource);
    const label = this.#resources.label(resource);
    const twin = label === undefined ? TWINS.get(kind) : undefined;
    const other = twin === undefined ? undefined : this.#resources.find(twin, id);
    return { kind, id, label: other === undefined ? label : this.#resources.label(other) };
  }

  /** Inodes have even numbers and processes odd ones: the two are never compared. */
  #internOwner(classified: Classified | undefined): number {
    const owner = classified?.owner;
    if (owner === undefined) {
      return NONE;
    }
    const known = this.#owners.get(owner) ?? this.#owners.size;
    this.#owners.set(owner, known);
    return known * 2 + (classified!.device === undefined ? 1 : 0);
  }

  #intern(kind: string, classified: Classified): number {
    const { base, device, fsType, isInstance } = classified;
    const key = `${kind}\0${base}\0${device ?? ''}\0${fsType ?? ''}`;
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      return known;
    }
    if (isInstance && this.#instances >= MAX_INSTANCES) {
      this.leftOut++;
      return NONE;
    }
    this.#instances += isInstance ? 1 : 0;
    if (device !== undefined && fsType !== undefined) {
      this.#typeByDevice.set(device, fsType);
    }
    const index = this.#all.length;
    this.#all.push({
      kind,
      base,
      isInstance,
      isWritten: false,
      folio: kind === 'folio_lock' ? 1 : kind === 'folio_writeback' ? 2 : 0,
      isReclaim: kind === 'reclaim',
      isSpinlock: kind === 'spinlock',
      isBegun: BEGUN_KINDS.includes(kind),
      ...(device !== undefined && { device }),
      ...(fsType !== undefined && { fsType }),
    });
    this.#byKey.set(key, index);
    return index;
  }

  #grow(resource: number): void {
    const capacity = this.#classOf.length;
    if (resource < capacity) {
      return;
    }
    const larger = Math.max(resource + 1, capacity * 2);
    this.#classOf = copyTo(new Int32Array(larger), this.#classOf);
    this.#ownerOf = copyTo(new Int32Array(larger), this.#ownerOf);
    this.#madeAt = copyTo(new Int32Array(larger), this.#madeAt);
    this.#pageOf = copyTo(new Float64Array(larger), this.#pageOf);
  }
}

const TWINS: ReadonlyMap<string, string> = new Map([
  ['folio_lock', 'folio_writeback'],
  ['folio_writeback', 'folio_lock'],
]);

function copyTo<T extends Int32Array | Float64Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
