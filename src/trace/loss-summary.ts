import type { Loss } from './capture-info.ts';

/** Losses added up; `byReason` is in order of first appearance. */
export interface LossSummary {
  readonly total: number;
  readonly byReason: Readonly<Record<string, number>>;
}

/** Adds losses up. */
export function summariseLosses(losses: readonly Loss[]): LossSummary {
  const byReason: Record<string, number> = Object.create(null);
  let total = 0;
  for (const { count, reason } of losses) {
    byReason[reason] = (byReason[reason] ?? 0) + count;
    total += count;
  }
  return { total, byReason: { ...byReason } };
}
