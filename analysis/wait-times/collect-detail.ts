import { NONE } from '../../src/trace/index.ts';
import { describeResource } from '../describe-edge.ts';
import type { LoggedChain, LoggedLink, LoggedSegment, LoggedWait } from './chain-log.ts';
import { type ChainSums, OTHER_CHAINS } from './chain-sums.ts';
import { type CollectedTimes, describe } from './collect-wait-times.ts';
import { grown, largest } from './columns.ts';
import type { LoggedConvoy } from './convoys.ts';
import type { DetailObserver } from './detail-observer.ts';
import type { LoggedHold } from './long-holds.ts';
import type {
  ChainEnd,
  Convoy,
  LongHold,
  PathChain,
  Ranked,
  TaskChain,
  WaitDetail,
  WaitHistory,
  WaitRoot,
  WaitSegment,
} from './result.ts';
import type { TaskName } from './task-slots.ts';
import type { TopList } from './top-list.ts';
import type { KindNumbers } from './wait-totals.ts';

const END_TYPES = ['running', 'io', 'unknown', 'cycle'] as const satisfies readonly ChainEnd['type'][];

/** Steps kept of a chain of one wait: each wait may have many chains over time, and a chain may be as long as there are tasks. */
const MOST_BEHIND = 24;

export interface DetailedTimes extends CollectedTimes {
  readonly detail: DetailObserver;
  readonly waitedNs: number;
}

/** Makes the result of whom waits were for; changes nothing. */
export function collectDetail(collected: DetailedTimes): WaitDetail {
  return new DetailCollector(collected).collect();
}

class DetailCollector {
  readonly #collected: DetailedTimes;
  readonly #names = new Map<number, TaskName>();

  constructor(collected: DetailedTimes) {
    this.#collected = collected;
  }

  collect(): WaitDetail {
    const { detail, endNs, top, waitedNs } = this.#collected;
    const { byTask, byPath, longest, isSampled } = detail.chains.chains(endNs);
    const followedNs = byTask.sumNs.reduce((sum, ns) => sum + ns, 0);
    return {
      roots: this.#roots(),
      unfollowedNs: waitedNs - followedNs,
      ...(isSampled ? { isSampled } : {}),
      chainsByTask: describe(rankChains(byTask, top), (chain) =>
        this.#taskChain(byTask.exampleOf(chain), byTask.sumNs[chain]!),
      ),
      chainsByPath: describe(rankChains(byPath, top), (chain) =>
        this.#pathChain(byPath.exampleOf(chain), byPath.sumNs[chain]!),
      ),
      convoys: describe(listed(detail.convoys.convoys(endNs)), (convoy) => this.#convoy(convoy)),
      holds: describe(listed(detail.holds.holds(endNs)), (hold) => this.#hold(hold)),
      longest: describe(listed(longest), (wait) => this.#history(wait)),
    };
  }

  #roots(): Ranked<WaitRoot> {
    const { detail, totals, top } = this.#collected;
    const { runningNs, cycleNs, ioNs, unknownNs } = detail.blame.times();
    const rows = [
      ...rootsOf('running', runningNs),
      ...rootsOf('cycle', cycleNs),
      ...rootsOf('io', sumByKind(ioNs, totals.kinds)),
      ...rootsOf('unknown', sumByKind(unknownNs, totals.kinds)),
    ].sort((a, b) => b.waitedNs - a.waitedNs || this.#orderOf(a) - this.#orderOf(b));
    const shown = top === 0 ? rows : rows.slice(0, top);
    return describe({ rows: shown, omitted: rows.length - shown.length }, ({ type, subject, waitedNs }) => ({
      ...this.#describeEnd(type, subject),
      waitedNs,
    }));
  }

  /** Of roots with the same time. */
  #orderOf({ type, subject }: NumberedRoot): number {
    return type === 'running' || type === 'cycle' ? this.#collected.slots.tidOf(subject) : subject;
  }

  #taskChain(chain: LoggedLink, waitedNs: number): TaskChain {
    const links = linksOf(chain).map(({ slot, resource }) => ({
      task: this.#name(slot),
      kind: this.#kind(resource),
    }));
    return { waitedNs, links, end: this.#end(chain) };
  }

  #pathChain(chain: LoggedLink, waitedNs: number): PathChain {
    const links = linksOf(chain).map(({ path, resource }) => ({
      path: this.#collected.paths.get(path),
      kind: this.#kind(resource),
    }));
    return { waitedNs, links, end: this.#end(chain).type };
  }

  #convoy({ resource, holder, ...convoy }: LoggedConvoy): Convoy {
    const { fromNs, toNs, isOpen, waits, waitedNs, peakWaiters, peakNs, handovers } = convoy;
    return {
      resource: describeResource(this.#collected.state.tables, resource),
      fromNs,
      toNs,
      isOpen,
      waits,
      waitedNs,
      peakWaiters,
      peakNs,
      ...(holder === NONE ? {} : { holder: this.#name(holder) }),
      handovers,
    };
  }

  #hold({ slot, hold, heldNs, end, stack }: LoggedHold): LongHold {
    return {
      task: this.#name(slot),
      resource: describeResource(this.#collected.state.tables, hold.resource),
      sinceNs: hold.sinceNs,
      heldNs,
      end,
      taken: this.#path(hold.stack),
      released: this.#path(stack),
    };
  }

  #history(wait: LoggedWait): WaitHistory {
    return {
      task: this.#name(wait.slot),
      resource: describeResource(this.#collected.state.tables, wait.resource),
      sinceNs: wait.beginNs,
      waitNs: wait.endNs - wait.beginNs,
      end: wait.end,
      path: this.#collected.paths.get(wait.path),
      segments: wait.segments.map((segment) => this.#segment(segment)),
      omittedSegments: wait.omitted,
    };
  }

  #segment({ fromNs, toNs, chain }: LoggedSegment): WaitSegment {
    const passed = linksOf(chain).slice(1);
    const behind = passed.slice(0, MOST_BEHIND).map(({ slot, resource }) => ({
      task: this.#name(slot),
      resource: describeResource(this.#collected.state.tables, resource),
    }));
    const more = passed.length - behind.length;
    return { fromNs, toNs, behind, ...(more > 0 && { moreBehind: more }), end: this.#end(chain) };
  }

  #end(chain: LoggedLink): ChainEnd {
    let at: LoggedChain = chain;
    while (at.next !== undefined) {
      at = at.next;
    }
    return this.#describeEnd(END_TYPES[at.end]!, at.subject);
  }

  /** @param subject slot of a task, or number of a kind */
  #describeEnd(type: ChainEnd['type'], subject: number): ChainEnd {
    return type === 'running' || type === 'cycle'
      ? { type, task: this.#name(subject) }
      : { type, kind: this.#collected.totals.kinds.get(subject) };
  }

  #path(stack: number): readonly string[] {
    const { paths } = this.#collected;
    return paths.get(paths.of(stack));
  }

  #kind(resource: number): string {
    return this.#collected.state.tables.resources.kind(resource);
  }

  #name(slot: number): TaskName {
    let name = this.#names.get(slot);
    if (name === undefined) {
      name = this.#collected.slots.names([slot], this.#collected.state.tables.tasks).get(slot)!;
      this.#names.set(slot, name);
    }
    return name;
  }
}

interface NumberedRoot {
  readonly type: ChainEnd['type'];
  readonly subject: number;
  readonly waitedNs: number;
}

function rootsOf(type: ChainEnd['type'], times: Float64Array): NumberedRoot[] {
  return largest(times, 0).map((subject) => ({ type, subject, waitedNs: times[subject]! }));
}

/** Devices and unknown holders are told by the kind of what they have: there may be as many as there are folios. */
function sumByKind(times: Float64Array, kinds: KindNumbers): Float64Array {
  let byKind = new Float64Array(0);
  for (let resource = 0; resource < times.length; resource++) {
    if (times[resource]! > 0) {
      const kind = kinds.of(resource);
      byKind = grown(byKind, kind + 1);
      byKind[kind]! += times[resource]!;
    }
  }
  return byKind;
}

/** Chains that were not told apart count as one that is left out. */
function rankChains({ sumNs }: ChainSums<LoggedLink>, top: number): Ranked<number> {
  const all = largest(sumNs, 0);
  const known = all.filter((chain) => chain !== OTHER_CHAINS);
  const rows = top === 0 ? known : known.slice(0, top);
  return { rows, omitted: all.length - rows.length };
}

function listed<T>(top: TopList<T>): Ranked<T> {
  const rows = top.rows();
  return { rows, omitted: top.offered - rows.length };
}

function linksOf(chain: LoggedLink): LoggedLink[] {
  const links: LoggedLink[] = [];
  for (let at: LoggedChain = chain; at.next !== undefined; at = at.next) {
    links.push(at);
  }
  return links;
}
