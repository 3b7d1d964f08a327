/** One line of a kernel log, without what carried it here. */
export interface LogLine {
  readonly text: string;
  /** The line's stamp, ns by the kernel's clock. */
  readonly tsNs?: number;
  /** Who printed it, where the kernel says: `T123` a task, `C0` a CPU in an interrupt. */
  readonly caller?: string;
  /** Wall-clock time that the line was logged or printed with, ms since 1970; of a log without years, within 2000. */
  readonly wallMs?: number;
  /** Name of the machine, where something that collects logs wrote it down. */
  readonly host?: string;
  /** From 1. */
  readonly number: number;
}

type Found = { -readonly [K in keyof LogLine]: LogLine[K] };

/** Escape sequences of terminals, and control characters but the tab. */
const CONTROL = /\x1b\[[0-9;?]{0,16}[A-Za-z]|[\0-\x08\x0b-\x1f\x7f]/g;
const QUOTE = /^\s{0,8}(?:> ?){1,16}/;
type Prefix = readonly [
  pattern: RegExp,
  note: (match: RegExpExecArray, line: Found) => void,
  afterTime?: boolean,
];
/** What may stand before the text, each taken off at most once. */
const PREFIXES: readonly Prefix[] = [
  [
    /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?(?: |$)/,
    (match, line) => {
      line.wallMs = isoMs(match);
    },
  ],
  [
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun )?([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? /,
    (match, line) => {
      line.wallMs = syslogMs(match);
    },
  ],
  [
    /^(?=[\w.-]{1,64} kernel(?:\[\d{1,10}\])?: |\S{1,64} \S{1,64}\[\d{1,10}\]: )(\S{1,64}) \S{1,80}: ?/,
    (match, line) => {
      line.host = match[1];
    },
    true,
  ],
  [/^kernel: ?/, () => {}],
  [/^(?:kern|user|daemon|syslog) *: ?\w{1,8} *: ?/, () => {}],
  [/^<\d{1,3}>/, () => {}],
  [
    /^\[ {0,8}(\d{1,10})\.(\d{1,9})(?:[@,]\d{1,4})?\](?: |(?=\[)|$)/,
    (match, line) => {
      line.tsNs = Number(match[1]) * 1e9 + Number(match[2]!.padEnd(9, '0'));
    },
  ],
  [
    /^\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? (\d{4})\] ?/,
    (match, line) => {
      line.wallMs = syslogMs(match);
    },
  ],
  [
    /^[\w.-]{1,64} kernel: ?/,
    (match, line) => {
      line.host = match[0].split(' ', 1)[0];
    },
  ],
  [
    /^\[ {0,8}([TC]\d{1,10})\] ?/,
    (match, line) => {
      line.caller = match[1];
    },
  ],
];
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
/** A message that begins in the middle of a line: its writer came between another's text and line feed. */
const STAMP_INSIDE = /\[ {0,8}\d{1,10}\.\d{6}\](?:\[ {0,8}[TC]\d{1,10}\])? /g;

/** Takes off everything that carried a line: quoting, terminals, collectors of logs, and the kernel's own stamps. */
export function cleanLine(raw: string, number: number): LogLine {
  let text = raw.replace(CONTROL, '').replace(QUOTE, '');
  const line: Found = { text, number };
  for (const [pattern, note, afterTime] of PREFIXES) {
    const match = afterTime && line.wallMs === undefined ? null : pattern.exec(text);
    if (match !== null) {
      note(match, line);
      text = text.slice(match[0].length);
    }
  }
  line.text = text.trimEnd();
  return line;
}

/** The messages of one line: several where a message was printed into another one. */
export function splitMessages(raw: string): readonly string[] {
  const starts = [0];
  for (const { index } of raw.matchAll(STAMP_INSIDE)) {
    // What stands before the first stamp may be the prefix of a collector.
    if (starts.length > 1 || isMessage(raw.slice(0, index))) {
      starts.push(index);
    }
  }
  return starts.length === 1 ? [raw] : starts.map((start, i) => raw.slice(start, starts[i + 1]));
}

function isMessage(head: string): boolean {
  return head.length > 0 && cleanLine(head, 0).text.trim() !== '';
}

function isoMs([, year, month, day, hour, minute, second, fraction, zone]: RegExpExecArray): number {
  const utc = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!) + toMs(fraction);
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(zone ?? '');
  return offset === null ? utc : utc - Number(`${offset[1]}1`) * (+offset[2]! * 60 + +offset[3]!) * 60_000;
}

function syslogMs([, month, day, hour, minute, second, fraction, year]: RegExpExecArray): number {
  const at = MONTHS.indexOf(month!) / 3;
  return Date.UTC(+(year ?? 2000), at, +day!, +hour!, +minute!, +second!) + toMs(fraction);
}

function toMs(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(9, '0')) / 1e6;
}
