/** The line before a task's stack, in any of its forms. */
export interface TaskHeader {
  readonly name: string;
  readonly tid: number;
  /** Thread group, where the kernel prints it. */
  readonly pid?: number;
  /** One letter: D sleeps without being interruptible, R runs, S sleeps, I idles. undefined: the line does not say. */
  readonly state?: string;
}

/** Since 5.11: `task:NAME state:D stack:0 pid:12 tgid:12 ppid:1 …`; a mail that holdwait wrote has no state. */
const TITLED =
  /^task:(.{0,64}?)(?:\s*state:([A-Za-z])\s+(?:running task\s+)?(?:stack:\s*\d+ +)?|\s)pid:\s*(\d{1,10})\s+(?:tgid:\s*(\d{1,10})\s)?/s;
/** Before: `NAME D 1234 12 1 0x00000004`, in old kernels with the program counter or the word `running`. */
const COLUMNS =
  /^(.{1,15}?)\s+([RSDTtXZPIKW])\s*(?:running task\s+)?(?:\(NOTLB\)\s+)?(?:[0-9a-f]{8,16}\s+)?(\d{1,7})\s+(\d{1,10})\s+(\d{1,10})\s+(?:0x[0-9a-f]{1,16}|\(\w{1,8}\))/;

export function parseTaskHeader(text: string): TaskHeader | undefined {
  const titled = TITLED.exec(text);
  if (titled !== null) {
    const [, name, state, tid, tgid] = titled;
    return {
      name: name!.trim(),
      tid: Number(tid),
      ...(state && { state }),
      ...(tgid && { pid: Number(tgid) }),
    };
  }
  const columns = text.length < 160 ? COLUMNS.exec(text) : null;
  return columns === null
    ? undefined
    : { name: columns[1]!.trim(), state: columns[2]!, tid: Number(columns[4]) };
}

/** Whether the line begins such a header whose name goes on behind a line feed. */
export function isCutHeader(text: string): boolean {
  return /^task:(?! ?[0-9a-f]{8,16} )/.test(text) && text.length < 80 && !text.includes(' state:');
}
