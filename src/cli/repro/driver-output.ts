/** What a scenario's driver says: `step SECONDS NAME key=value…` lines, then one `result WORD key=value…`. */
export type DriverLine =
  | { readonly type: 'step'; readonly name: string; readonly fields: ReadonlyMap<string, string> }
  | { readonly type: 'result'; readonly result: DriverResult; readonly fields: ReadonlyMap<string, string> };

export type DriverResult = 'hung' | 'clean' | 'not-affected' | 'failed';

const RESULTS: readonly string[] = ['hung', 'clean', 'not-affected', 'failed'] satisfies DriverResult[];

/** undefined = neither: whatever else the driver or the shell around it printed. */
export function decodeDriverLine(line: string): DriverLine | undefined {
  const [word, ...rest] = line.trim().split(' ');
  if (word === 'result' && RESULTS.includes(rest[0] ?? '')) {
    return { type: 'result', result: rest[0] as DriverResult, fields: decodeFields(rest.slice(1)) };
  }
  return word === 'step' && rest[1] !== undefined
    ? { type: 'step', name: rest[1], fields: decodeFields(rest.slice(2)) }
    : undefined;
}

/** Tasks that a result names, `ROLE_pid=TID`, in its order. */
export function listTids({ fields }: DriverLine): readonly number[] {
  const tids = [...fields].filter(([name]) => name.endsWith('_pid')).map(([, tid]) => Number(tid));
  return [...new Set(tids)].filter((tid) => Number.isSafeInteger(tid) && tid > 0);
}

function decodeFields(words: readonly string[]): ReadonlyMap<string, string> {
  const pairs = words.map((word) => word.split('=', 2)).filter((pair) => pair.length === 2);
  return new Map(pairs as [string, string][]);
}
