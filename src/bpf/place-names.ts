import { type RecordLine, toCount } from './record-line.ts';

/** Where a file lives, in words: a device, and the type of its file system once a record has named that (`fs=ext4`). */
export class PlaceNames {
  readonly #deviceNames: ReadonlyMap<string, string>;
  readonly #types = new Map<number, string>();

  /** @param deviceNames names of block devices by `major:minor` */
  constructor(deviceNames: ReadonlyMap<string, string>) {
    this.#deviceNames = deviceNames;
  }

  /**
   * `vdb (ext4)`, `device 0:25 (tmpfs)`; undefined where the record names no place.
   *
   * @param ownName what the file system calls itself, for one that is on no block device
   */
  nameOf(fields: RecordLine['fields'], ownName?: string): string | undefined {
    const dev = toCount(fields.get('dev'));
    if (!dev) {
      return ownName || undefined;
    }
    const type = fields.get('fs') || this.#types.get(dev);
    const number = `${dev >>> 20}:${dev & 0xfffff}`;
    const device = this.#deviceNames.get(number) ?? (ownName || `device ${number}`);
    if (type === undefined || type === device) {
      return device;
    }
    this.#types.set(dev, type);
    return `${device} (${type})`;
  }
}
