import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CaptureInfo, errorText } from '../trace/index.ts';
import type { Finding } from './finding-log.ts';
import { saveSegments } from './save-window.ts';
import type { SegmentWindow } from './segment-window.ts';

const SAVED_NAME = /^(deadlock|suspected|hang)-\d{8}T\d{6}Z-f-\d+\.sqlite$/;

/** What led up to each finding, as captures beside the window. The oldest go when there are too many. */
export class SavedCaptures {
  readonly #folder: string;
  readonly #most: number;
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string, most: number) {
    this.#folder = folder;
    this.#most = most;
  }

  /** Where a finding that is said now is to be saved. */
  pathOf({ verdict, id }: Finding): string {
    const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    return join(this.#folder, `${verdict}-${time}-${id}.sqlite`);
  }

  /**
   * Saves the window as it is now, beside whatever else happens, one capture after the other. Never rejects: resolves with
   * what went wrong, in words.
   */
  save(window: SegmentWindow, path: string, info: CaptureInfo): Promise<string | undefined> {
    const before = this.#last;
    const saved = window.read(async (segments) => {
      await before;
      await saveSegments(segments, path, info);
      this.#removeOldest();
    });
    this.#last = saved.catch(() => {});
    return saved.then(() => undefined, errorText);
  }

  #removeOldest(): void {
    const saved = readdirSync(this.#folder)
      .filter((name) => SAVED_NAME.test(name))
      .sort((a, b) => timeIn(a).localeCompare(timeIn(b), 'en', { numeric: true }));
    for (const name of saved.slice(0, Math.max(0, saved.length - this.#most))) {
      rmSync(join(this.#folder, name), { force: true });
    }
  }
}

/** `20261122T123456Z-f-1` of a saved capture's name. */
function timeIn(name: string): string {
  return name.slice(name.indexOf('-') + 1);
}
