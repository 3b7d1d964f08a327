/** Parts of a report in which the function is looked for that the report is about, in this order. */
export type Part = 'wanted' | 'holding' | 'locks' | 'safe' | 'backtrace';

/** What a first line says the report is. */
export interface Banner {
  /** Stable, for programs. */
  readonly report: string;
  /** In the words of the kernel's testers; ` in FUNCTION` follows where one is known. */
  readonly title: string;
  readonly about: readonly Part[];
  /** Without these the report has been cut. */
  readonly needs: readonly (Part | 'chain')[];
  readonly task?: { readonly name: string; readonly tid: number };
  /** Tells which locks; false: of the code around them, or of a lock without a name. */
  readonly isAboutLocks: boolean;
}

type Kind = Omit<Banner, 'title' | 'task'> & { readonly says: RegExp; readonly title: string };

export const POSSIBLE_DEADLOCK = 'possible deadlock';
/** `title` of a kind: `*` stands for the word that begins the line, `WARNING: ` or `BUG: `. */
const KINDS: readonly Kind[] = [
  kind(
    'circular',
    /^possible circular locking dependency/,
    POSSIBLE_DEADLOCK,
    'wanted holding backtrace',
    'wanted holding chain',
  ),
  kind(
    'recursive',
    /^possible recursive locking/,
    POSSIBLE_DEADLOCK,
    'wanted holding backtrace',
    'wanted holding',
  ),
  kind(
    'irq-inversion',
    /^possible irq lock inversion|^possible irq-?lock ordering/,
    POSSIBLE_DEADLOCK,
    'wanted backtrace',
    'wanted backtrace',
  ),
  kind(
    'irq-unsafe',
    /safe -> \S{1,24}unsafe lock order detected/,
    POSSIBLE_DEADLOCK,
    'safe wanted holding',
    'wanted holding backtrace',
  ),
  kind(
    'inconsistent-state',
    /^inconsistent lock state/,
    'inconsistent lock state',
    'wanted backtrace',
    'wanted backtrace',
  ),
  kind(
    'wait-context',
    /^invalid wait context/i,
    'WARNING: locking bug',
    'wanted backtrace',
    'wanted backtrace',
  ),
  kind(
    'unlock-balance',
    /^bad unlock balance/,
    '*bad unlock balance',
    'wanted backtrace',
    'wanted backtrace',
  ),
  kind('contention', /^bad contention/, '*bad contention', 'wanted backtrace', 'wanted backtrace'),
  kind('lock-freed', /^held lock freed/, '*held lock freed', 'wanted backtrace', 'wanted backtrace'),
  kind(
    'lock-held-in-user-space',
    /^lock held when returning to user space/,
    '*lock held when returning to user space',
    'locks',
    'locks',
  ),
  kind(
    'lock-held-at-exit',
    /^lock held at task exit time/,
    '*lock held at task exit time',
    'locks backtrace',
    'locks',
  ),
  kind(
    'lock-still-held',
    /still has locks held|^locks still held/,
    '*still has locks held',
    'locks backtrace',
    'locks',
  ),
  kind(
    'nested-lock-missing',
    /^nested lock was not taken/i,
    '*nested lock was not taken',
    'wanted backtrace',
    'wanted backtrace',
  ),
  kind(
    'rcu-usage',
    /^suspicious (?:RCU|rcu_\w{1,40}\(\)) usage/,
    '*suspicious RCU usage',
    'backtrace',
    'backtrace',
  ),
  kind(
    'key-not-static',
    /^trying to register non-static key/,
    'INFO: trying to register non-static key',
    'backtrace',
    'backtrace',
  ),
];

const BRACKETS = /^\[ ?(.{1,120}?) ?\]$/;
const WORD = /^(WARNING|INFO|BUG): /;
const HOLDER = /^(.{1,64})\/(\d{1,10})(?= still has locks held)/;
const LOCKDEP_WARNING =
  /^WARNING: (?:CPU: \d{1,5} PID: \d{1,10} )?at (?:[\w./-]{0,80}kernel\/)?(?:locking\/)?lockdep\.c:\d+/;
const LOCKDEP_WARNING_OF = /^WARNING: (?:kernel\/)?(?:locking\/)?lockdep\.c:\d+ at /;
const SPIN =
  /^BUG: ((?:spinlock|rwlock|rwlock\/?\w{0,8}) [\w -]{3,40}?) on (?:CPU#\d{1,5}|UP), (?:(.{1,64})\/(\d{1,10}))?/;
/** lockdep has no more room, and is off from here on. */
const LIMIT = /^BUG: MAX_LOCK\w{1,30} too (?:low|small)!$/;
const PREEMPTIBLE =
  /^BUG: using (\S{1,60}) in preemptible (?:\[[0-9a-f]{1,16}\] )?code: (?:(.{1,64})\/(\d{1,10}))?/;

/** What report of lockdep, or of the checks beside it, begins with this line; undefined = none. */
export function parseBanner(text: string): Banner | undefined {
  const line = text.trim();
  if (line.length > 240) {
    return undefined;
  }
  return parseLockdep(line) ?? parseOther(line);
}

function parseLockdep(line: string): Banner | undefined {
  const plain = BRACKETS.exec(line)?.[1] ?? line;
  const word = WORD.exec(plain);
  if (word === null) {
    return undefined;
  }
  const rest = plain.slice(word[0].length);
  const holder = HOLDER.exec(rest);
  const found = KINDS.find(({ says }) => says.test(rest));
  return found === undefined
    ? undefined
    : { ...found, title: found.title.replace('*', word[0]), ...taskOf(holder?.[1], holder?.[2]) };
}

function parseOther(line: string): Banner | undefined {
  if (LOCKDEP_WARNING.test(line) || LOCKDEP_WARNING_OF.test(line)) {
    return { report: 'lockdep-warning', title: 'WARNING: locking bug', ...ONLY_STACK };
  }
  const spin = SPIN.exec(line);
  if (spin !== null) {
    const report = spin[1]!.toLowerCase().replace(/[^a-z]+/g, '-');
    return { report, title: `BUG: ${spin[1]}`, ...ONLY_STACK, ...taskOf(spin[2], spin[3]) };
  }
  if (LIMIT.test(line)) {
    return { report: 'lockdep-limit', title: line, ...ONLY_STACK, about: [] };
  }
  const cpu = PREEMPTIBLE.exec(line);
  return cpu === null
    ? undefined
    : {
        report: 'preemptible',
        title: `BUG: using ${cpu[1]} in preemptible code`,
        ...ONLY_STACK,
        ...taskOf(cpu[2], cpu[3]),
      };
}

const ONLY_STACK = { about: ['backtrace'], needs: ['backtrace'], isAboutLocks: false } as const;

function taskOf(name: string | undefined, tid: string | undefined): Pick<Banner, 'task'> {
  return name === undefined || tid === undefined ? {} : { task: { name, tid: Number(tid) } };
}

function kind(report: string, says: RegExp, title: string, about: string, needs: string): Kind {
  const isAboutLocks = report !== 'key-not-static';
  return {
    report,
    says,
    title,
    about: about.split(' ') as Part[],
    needs: needs.split(' ') as Kind['needs'],
    isAboutLocks,
  };
}
