import type { ResourceTable } from '../trace/resource-table.ts';
import type { KINDS } from '../trace/words.ts';
import type { PlaceNames } from './place-names.ts';
import type { RecordLine } from './record-line.ts';
import type { SymbolTable } from './symbols.ts';

/** Kinds whose resources are objects in the kernel's memory, with a name in kallsyms or a place in a structure. */
const NAMED_KINDS = [
  'mutex',
  'rwsem',
  'percpu_rwsem',
  'spinlock',
  'completion',
] as const satisfies readonly (typeof KINDS)[number][];

export interface LockNameSources {
  readonly symbols: Pick<SymbolTable, 'variable'>;
  readonly places: PlaceNames;
}

/** Scripts name a lock again when they tell of it again: the oldest names beyond so many are forgotten. */
const MAX_NAMES = 65_536;

/** Names of locks in words: static ones from the target's kallsyms, embedded ones from `lock` records. */
export class LockNames {
  #resources: ResourceTable;
  readonly #sources: LockNameSources;
  readonly #told = new Map<string, string>();

  constructor(resources: ResourceTable, sources: LockNameSources) {
    this.#resources = resources;
    this.#sources = sources;
  }

  /** Takes a record `lock res=… member=STRUCT.MEMBER`, before or after the lock's first wait. False = not of that form. */
  decode({ fields, comm }: RecordLine): boolean {
    const res = fields.get('res');
    const member = fields.get('member');
    if (res === undefined || member === undefined || !/^[0-9a-f]+$/.test(res)) {
      return false;
    }
    const name = describeMember(member, fields, comm, this.#sources.places);
    this.#keep(res, name);
    for (const kind of NAMED_KINDS) {
      const resource = this.#resources.find(kind, `0x${res}`);
      if (resource !== undefined) {
        this.#resources.setLabel(resource, name);
      }
    }
    return true;
  }

  /** Locks named from now on get their labels in another table. */
  moveTo(resources: ResourceTable): void {
    this.#resources = resources;
  }

  #keep(res: string, name: string): void {
    this.#told.delete(res);
    this.#told.set(res, name);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MAX_NAMES) {
      this.#told.delete(oldest!);
    }
  }

  /** undefined = not a lock, or nothing is known of it. */
  nameOf(kind: string, res: string): string | undefined {
    return (NAMED_KINDS as readonly string[]).includes(kind)
      ? (this.#told.get(res) ?? this.#sources.symbols.variable(res))
      : undefined;
  }
}

/** `inode.i_rwsem of inode 13 on vdb (ext4)`, `mm_struct.mmap_lock of fault-task:412`, `super_block.s_writers of vdb`. */
function describeMember(
  member: string,
  fields: RecordLine['fields'],
  comm: string | undefined,
  places: PlaceNames,
): string {
  const place = places.nameOf(fields, comm);
  const inode = fields.get('ino');
  const process = fields.get('of');
  const cpu = fields.get('cpu');
  if (inode !== undefined) {
    return `${member} of inode ${inode}${place === undefined ? '' : ` on ${place}`}`;
  }
  if (process !== undefined) {
    return `${member} of ${comm ? `${comm}:${process}` : `process ${process}`}`;
  }
  const whose = cpu === undefined ? place : `CPU ${cpu}`;
  return whose === undefined ? member : `${member} of ${whose}`;
}
