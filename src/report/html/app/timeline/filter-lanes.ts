import type { Timeline } from '../../../../../analysis/timeline/timeline.ts';
import { findTerms, hasTerms, type Terms } from '../model/search.ts';

/** 1 for each lane of which every term is found: in its name, or in a resource or frame of its spans. */
export function findMatchingLanes(timeline: Timeline, terms: Terms): Uint8Array {
  const matching = new Uint8Array(timeline.lanes.length).fill(1);
  const resources = findTerms(
    timeline.resources.map(({ kind, id, label }) => `${kind} ${id} ${label ?? ''}`),
    terms,
  );
  const frames = findTerms(timeline.frames, terms);
  terms.forEach((term, i) => {
    const stacks = timeline.stacks.map((stack) => stack.some((frame) => frames[i]![frame] === 1));
    const having = findLanes(timeline, resources[i]!, stacks);
    timeline.lanes.forEach(({ name, tid }, lane) => {
      if (having[lane] === 0 && !hasTerms(`${name} ${tid}`, [term])) {
        matching[lane] = 0;
      }
    });
  });
  return matching;
}

/** 1 for each lane with a span of such a resource or stack. */
function findLanes(
  { lanes, waits, holds }: Timeline,
  resources: Uint8Array,
  stacks: readonly boolean[],
): Uint8Array {
  const found = new Uint8Array(lanes.length);
  for (const { lane, resource, stack } of [waits, holds]) {
    for (let row = 0; row < lane.length; row++) {
      if (resources[resource[row]!] === 1 || stacks[stack[row]!]) {
        found[lane[row]!] = 1;
      }
    }
  }
  return found;
}
