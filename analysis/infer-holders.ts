import type { CaptureInfo } from '../src/trace/index.ts';
import { type InferredHolder, inferFromStacks } from './infer-from-stacks.ts';
import { functionName } from './match-frames.ts';
import type { ReplayState } from './replay/replay.ts';

/** A resource that nobody could tell from others of its kind has an id that begins like this (FORMAT.md). */
const UNKNOWN_RESOURCE = '?';

/** Holders that stacks imply, by the row of the wait, for open waits of which no more than the kind is known. */
export function inferHolders(
  { kernelRelease }: CaptureInfo,
  { waits, tables: { stacks, resources } }: ReplayState,
): ReadonlyMap<number, readonly InferredHolder[]> {
  const { table } = waits;
  const rows = waits.openRows();
  const isUnknown = (row: number) => resources.id(table.resource[row]!).startsWith(UNKNOWN_RESOURCE);
  if (!rows.some(isUnknown)) {
    return new Map();
  }
  const blocked = rows.map((row) => ({
    row,
    tid: table.tid[row]!,
    kind: resources.kind(table.resource[row]!),
    functions: stacks.get(table.stack[row]!).map(functionName),
    isUnknown: isUnknown(row),
  }));
  return inferFromStacks(blocked, kernelRelease);
}
