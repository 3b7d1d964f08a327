/** What is kept of a hold beside its times, in the numbers of the capture's tables and of the timeline's lists of words. */
export const HOLD_FIELDS = ['task', 'resource', 'stack', 'mode', 'end'] as const;
/**
 * And of a wait; `blocker` is a task, too, or one of the timeline's own negative numbers, `blockers` a number of BlockerSets.
 */
export const WAIT_FIELDS = [...HOLD_FIELDS, 'blocker', 'blockers', 'evidence', 'hard'] as const;

export type HoldField = (typeof HOLD_FIELDS)[number];
export type WaitField = (typeof WAIT_FIELDS)[number];
