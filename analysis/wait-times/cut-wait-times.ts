import type { Analysis } from '../result.ts';
import type { Ranked, WaitDetail, WaitTimes } from './result.ts';
import { DEFAULT_TOP } from './wait-times-collector.ts';

/** What cutWaitTimes() leaves. */
export interface CutOptions {
  /** Rows of each list; 0 = all; as a collector unless given. */
  readonly top?: number;
  readonly detail?: boolean;
}

/** The analysis as it would be had fewer rows, or no detail, been asked for. */
export function cutWaitTimes(analysis: Analysis, options: CutOptions): Analysis {
  const { waitTimes } = analysis;
  return waitTimes === undefined ? analysis : { ...analysis, waitTimes: cutTimes(waitTimes, options) };
}

function cutTimes(times: WaitTimes, { top = DEFAULT_TOP, detail = false }: CutOptions): WaitTimes {
  const { detail: collected, paths, ...rest } = times;
  const pathsOf = cut(paths, top);
  return {
    ...rest,
    tasks: cut(times.tasks, top),
    resources: cut(times.resources, top),
    kinds: cut(times.kinds, top),
    paths: detail ? pathsOf : { ...pathsOf, rows: pathsOf.rows.map(({ latency: _, ...row }) => row) },
    ...(detail && collected !== undefined ? { detail: cutDetail(collected, top) } : {}),
  };
}

function cutDetail(detail: WaitDetail, top: number): WaitDetail {
  return {
    ...detail,
    roots: cut(detail.roots, top),
    chainsByTask: cut(detail.chainsByTask, top),
    chainsByPath: cut(detail.chainsByPath, top),
    convoys: cut(detail.convoys, top),
    holds: cut(detail.holds, top),
    longest: cut(detail.longest, top),
  };
}

function cut<T>({ rows, omitted }: Ranked<T>, top: number): Ranked<T> {
  const kept = top === 0 ? rows : rows.slice(0, top);
  return { rows: kept, omitted: omitted + rows.length - kept.length };
}
