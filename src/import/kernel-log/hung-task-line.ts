import type { Mode } from '../../trace/index.ts';

/** What one of the hung-task detector's own lines says. */
export type HungTaskLine =
  | {
      readonly says: 'blocked';
      readonly task: NamedTask;
      readonly forNs: number;
      readonly io: boolean;
      readonly killed: boolean;
    }
  | {
      readonly says: 'owner';
      readonly task: NamedTask;
      readonly kind: string;
      readonly mode?: Mode;
      /** undefined: the kernel found none. */
      readonly owner?: NamedTask;
      /** The lock says who has it; otherwise it only says who had it last, or one of several readers. */
      readonly exact: boolean;
    };

export interface NamedTask {
  readonly name: string;
  readonly tid: number;
}

const START = 'INFO: task ';
const TASK = String.raw`(.{0,64}?):(\d{1,10})`;
const BLOCKED = new RegExp(
  String.raw`^${TASK} (?:blocked( in I/O wait)?|(can't die)) for more than (\d{1,9}) seconds`,
  's',
);
const OWNED = new RegExp(
  `^${TASK}(?: <(reader|writer)>)? (?:is )?blocked on an? (mutex|semaphore|rw-semaphore)(.{0,160})$`,
  's',
);
const OWNER = new RegExp(
  String.raw`^,? ?likely (?:last held|owned) by task ${TASK}(?: <(reader|writer)>)?(\.?)$`,
  's',
);
const ITSELF = /\bitself\b/;

/** undefined: the line is none of the detector's, or not in a form that is known. */
export function parseHungTask(text: string): HungTaskLine | undefined {
  const start = text.indexOf(START);
  if (start < 0 || text.length > 1024) {
    return undefined;
  }
  const rest = text.slice(start + START.length);
  const blocked = BLOCKED.exec(rest);
  if (blocked !== null) {
    const [, name, tid, io, killed, seconds] = blocked;
    const task = { name: name!, tid: Number(tid) };
    return {
      says: 'blocked',
      task,
      forNs: Number(seconds) * 1e9,
      io: io !== undefined,
      killed: killed !== undefined,
    };
  }
  return tryOwner(rest);
}

/** Whether the line begins such a report whose task's name goes on behind a line feed. */
export function isCutHungTask(text: string): boolean {
  const start = text.indexOf(START);
  return start >= 0 && text.length - start < 64 && !/:\d+ /.test(text.slice(start + START.length));
}

function tryOwner(rest: string): HungTaskLine | undefined {
  const owned = OWNED.exec(rest);
  if (owned === null) {
    return undefined;
  }
  const [, name, tid, waitsAs, lock, tail] = owned;
  const task = { name: name!, tid: Number(tid) };
  const owner = OWNER.exec(tail!);
  if (owner !== null && lock !== 'semaphore' && owner[3] === undefined && owner[4] === '') {
    // These lines end in a full stop or a remark; without it the number may be cut.
    return undefined;
  }
  const found = owner === null ? undefined : { name: owner[1]!, tid: Number(owner[2]) };
  const named = found ?? (ITSELF.test(tail!) ? task : undefined);
  return {
    says: 'owner',
    task,
    kind: lock === 'rw-semaphore' ? 'rwsem' : lock!,
    ...(waitsAs && { mode: waitsAs === 'reader' ? ('read' as const) : ('write' as const) }),
    ...(named && { owner: named }),
    exact: lock !== 'semaphore' && owner?.[3] !== 'reader',
  };
}
