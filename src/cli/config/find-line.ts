import { isSameTable } from './is-same-table.ts';

const HEADER = /^\s*\[+([^\]]*)\]/;

/** Line, from 1, of `[a.b]`; undefined if it is not there: a table can be written in other ways. */
export function findTableLine(lines: readonly string[], table: readonly string[]): number | undefined {
  const index = lines.findIndex((line) => isSameTable(headerOf(line), table));
  return index < 0 ? undefined : index + 1;
}

/** Line, from 1, of a key of a table, also as the dotted key `table.key`. The parser gives values without their places. */
export function findKeyLine(
  lines: readonly string[],
  table: readonly string[],
  key: string,
): number | undefined {
  let current: readonly string[] = [];
  for (const [index, line] of lines.entries()) {
    current = headerOf(line) ?? current;
    if (isSameTable([...current, ...keyOf(line)], [...table, key])) {
      return index + 1;
    }
  }
  return undefined;
}

function headerOf(line: string): readonly string[] | undefined {
  const [, name] = HEADER.exec(line) ?? [];
  return name === undefined ? undefined : splitDotted(name);
}

function keyOf(line: string): readonly string[] {
  const [, name] = /^\s*([^=#[\]]+?)\s*=/.exec(line) ?? [];
  return name === undefined ? [] : splitDotted(name);
}

function splitDotted(name: string): readonly string[] {
  return name.split('.').map((word) => word.trim().replace(/^(["'])(.*)\1$/, '$2'));
}
