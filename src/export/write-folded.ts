import { collectSpans } from '../../analysis/index.ts';
import { FoldedStacks } from './folded-stacks.ts';
import type { ExportWriter } from './format.ts';
import { joinLines } from './join-lines.ts';

/** Stacks weighted by the time waited in them, µs, for flame graphs. */
export const writeFoldedFormat: ExportWriter = async function* (source, { analyze }, onProgress) {
  const options = { ...analyze, waitTimes: false, orders: false } as const;
  const { sink } = await collectSpans(source, options, (tables) => new FoldedStacks(tables), onProgress);
  yield* joinLines(sink.lines(), (line) => line);
};
