import type { RunningCapture } from '../../bpf/capture.ts';
import type { Target } from '../../target/target.ts';
import { FileReader } from './file-reader.ts';
import { waitForReports } from './kernel-evidence.ts';
import { LineFeed } from './line-feed.ts';

export const DRIVER_LOG = '/tmp/holdwait-driver.log';

/**
 * What the guest says by itself while it hangs: the kernel's log, the driver's, and the tasks' stacks. All of it is opened
 * before the hang, since afterwards the guest may not be able to start anything.
 */
export class HangEvidence {
  readonly kernelLog: LineFeed;
  readonly driverLog: LineFeed;
  readonly #files: FileReader;

  private constructor(kernelLog: LineFeed, driverLog: LineFeed, files: FileReader) {
    this.kernelLog = kernelLog;
    this.driverLog = driverLog;
    this.#files = files;
  }

  static async open(
    target: Target,
    signal: AbortSignal,
    onDriverLine: (line: string) => void,
  ): Promise<HangEvidence> {
    const follow = `touch ${DRIVER_LOG}; tail -n +1 -f ${DRIVER_LOG}`;
    return new HangEvidence(
      new LineFeed(await target.start('dmesg --follow', { signal })),
      new LineFeed(await target.start(follow, { signal }), onDriverLine),
      await FileReader.open(target, signal),
    );
  }

  /** Waits for the kernel's own reports, then reads /proc/TID/stack and keeps it with the capture; returns it by tid. */
  async gather(capture: RunningCapture, tids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    await waitForReports(this.kernelLog, tids);
    const stacks = new Map<number, string>();
    for (const tid of tids) {
      const path = `/proc/${tid}/stack`;
      const text = await this.#files.tryRead(path);
      if (text !== undefined) {
        stacks.set(tid, text);
        capture.attach(path, text);
      }
    }
    return stacks;
  }

  /** Keeps both logs with the capture and reads no further. */
  close(capture: RunningCapture): void {
    capture.attach('dmesg', this.kernelLog.lines.join('\n'));
    capture.attach('driver', this.driverLog.lines.join('\n'));
    for (const source of [this.kernelLog, this.driverLog, this.#files]) {
      source.stop();
    }
  }
}
