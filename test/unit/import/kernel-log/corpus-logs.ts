import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A log of the corpus: what its first lines expect of it, and the log itself. */
export interface CorpusLog {
  readonly name: string;
  readonly title: string;
  readonly type: string | undefined;
  readonly log: string;
}

export function readCorpus(folder: string): readonly CorpusLog[] {
  return readdirSync(folder).map((name) => {
    const text = readFileSync(join(folder, name), 'latin1');
    const end = text.indexOf('\n\n');
    const head = text.slice(0, end);
    return {
      name,
      title: /^TITLE: (.*)$/m.exec(head)?.[1] ?? '',
      type: /^TYPE: (.*)$/m.exec(head)?.[1],
      // What may follow is the report as it is to be cut out of the log, not a second one.
      log: text.slice(end + 2).split('\nREPORT:')[0]!,
    };
  });
}
