import { type Analysis, type AnalyzeOptions, findHandle } from '../../../analysis/index.ts';
import { quoteWord } from '../../target/shell-quote.ts';
import { HoldwaitError, type TraceRest } from '../../trace/index.ts';
import { type AnalysisFlags, toAnalyzeOptions } from './analysis-options.ts';
import { withInputFile } from './input-file.ts';
import { withInterrupt } from './interrupt.ts';
import { analyzeInput, type ToOptions } from './load-input.ts';
import { noteLateTimes, toWaitOptions, type WaitFlags, wantsBounds } from './wait-options.ts';

/** Options that the flags do not say. */
type Always = (options: AnalyzeOptions) => AnalyzeOptions;

/** Analyses a capture for the waits that are asked about; see withWaitOptions(). */
export async function analyzeWaits(
  file: string,
  flags: AnalysisFlags & WaitFlags,
  always: Always = (options) => options,
): Promise<Analysis> {
  const analysis = await withInterrupt((signal) =>
    withWaitOptions(file, flags, always, signal, (path, options) => analyzeInput(path, options, signal)),
  );
  noteLateTimes(flags, analysis.capture.endNs);
  return analysis;
}

/**
 * Has a capture read with the options that the flags stand for. It is read once more before where a time must be found in
 * it, or the resource behind a handle.
 *
 * @param read is given the file, of standard input a copy
 */
export function withWaitOptions<T>(
  file: string,
  flags: AnalysisFlags & WaitFlags,
  always: Always,
  signal: AbortSignal,
  read: (path: string, options: AnalyzeOptions | ToOptions) => Promise<T>,
): Promise<T> {
  const options = toAnalyzeOptions(flags);
  const readFor = (path: string, resource: string | undefined) => {
    const all = ({ endNs, info }: Pick<TraceRest, 'endNs' | 'info'>) =>
      always({ ...options, ...toWaitOptions({ ...flags, resource }, { endNs, startedAt: info.startedAt }) });
    return read(path, wantsBounds(flags) ? all : all({ endNs: 0, info: {} }));
  };
  const { resource } = flags;
  return resource === undefined || !RESOURCE_HANDLE.test(resource)
    ? readFor(file, resource)
    : // Standard input can be read once only, a copy of it as often as is needed.
      withInputFile(file, signal, async (path) =>
        readFor(path, await findResource(path, file, options, resource, signal)),
      );
}

const RESOURCE_HANDLE = /^r-\d+$/;

/** The resource of a handle, as `analyze` prints it without a choice. */
async function findResource(
  path: string,
  file: string,
  options: AnalyzeOptions,
  handle: string,
  signal: AbortSignal,
): Promise<string> {
  const analysis = await analyzeInput(path, { ...options, waitTimes: false }, signal, `to find ${handle}`);
  const found = findHandle(analysis, handle);
  if (found?.type !== 'resource') {
    throw new HoldwaitError('usage', 'HANDLE_UNKNOWN', `${file} has nothing with the handle ${handle}`, {
      hint: `\`holdwait show ${quoteWord(file)} w-1\` prints handles of resources, in [brackets]`,
    });
  }
  return `${found.resource.kind}:${found.resource.id}`;
}
