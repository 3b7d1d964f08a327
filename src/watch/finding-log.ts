import type { Analysis, Chain, Cycle, Edge } from '../../analysis/index.ts';

export type FindingVerdict = 'deadlock' | 'suspected' | 'hang';

/** One wait, told apart from every other that the same task was ever in. */
export interface WaitKey {
  readonly tid: number;
  readonly kind: string;
  readonly id: string;
  readonly sinceNs: number;
}

/** What was said once and is not said again while it lasts. Times in ns since the capture's start. */
export interface Finding {
  /** `f-1`, in the order in which they were said. */
  readonly id: string;
  readonly verdict: FindingVerdict;
  /** Of a cycle in its order; of a hang everyone in its chains. */
  readonly tasks: readonly number[];
  readonly waits: readonly WaitKey[];
  /** Begin of the wait that closed the cycle; of a hang, of its longest wait. */
  readonly closedNs: number;
  /** Of the best match, where a documented deadlock matches. */
  readonly signature?: string;
  readonly saidNs: number;
}

/** `ended`: a wait of it is over. `changed`: the waits last, but close no cycle any more. `joined`: part of another finding now. */
export type ResolvedReason = 'ended' | 'changed' | 'joined';

export type FindingChange =
  | { readonly type: 'found'; readonly finding: Finding }
  | { readonly type: 'resolved'; readonly finding: Finding; readonly reason: ResolvedReason };

export interface FindingOptions {
  /** How long a cycle must have been seen standing before it is said, in the time of the capture. */
  readonly confirmNs: number;
  /** How long one that is only suspected must have stood. */
  readonly suspectAfterNs: number;
  /** Continues the numbering of an earlier log. */
  readonly firstNumber?: number;
}

/**
 * Decides what is worth saying: a cycle that has stood, a wait that is open for too long, each once, and once again when
 * it is over. Whatever shares a task with something said is part of that.
 */
export class FindingLog {
  readonly #options: FindingOptions;
  #standing: Finding[] = [];
  /** When each cycle that is there now was first seen. */
  #firstSeenNs = new Map<string, number>();
  #said: number;
  #dueNs = Number.POSITIVE_INFINITY;

  constructor(options: FindingOptions) {
    this.#options = options;
    this.#said = options.firstNumber ?? 0;
  }

  /** What has been said and is not over. */
  get standing(): readonly Finding[] {
    return this.#standing;
  }

  /** When an update could say more than the last one, at the earliest; Infinity = only something new can. */
  get dueNs(): number {
    return this.#dueNs;
  }

  /** How many have been said. */
  get count(): number {
    return this.#said;
  }

  /**
   * @param analysis of the moment `nowNs`
   * @param isOpen whether a wait goes on at that moment; an analysis leaves out chains where there are many
   * @param isLast nothing will come to confirm what is seen now, so it has to do
   */
  update(
    analysis: Analysis,
    nowNs: number,
    isOpen: (wait: WaitKey) => boolean,
    isLast = false,
  ): FindingChange[] {
    const changes = this.#resolve(analysis, isOpen);
    this.#dueNs = Number.POSITIVE_INFINITY;
    this.#takeCycles(analysis, nowNs, isLast, changes);
    this.#takeHangs(analysis, nowNs, changes);
    return changes;
  }

  #resolve(analysis: Analysis, isOpen: (wait: WaitKey) => boolean): FindingChange[] {
    const changes: FindingChange[] = [];
    this.#standing = this.#standing.filter((finding) => {
      const reason = whyResolved(finding, analysis, isOpen);
      if (reason !== undefined) {
        changes.push({ type: 'resolved', finding, reason });
      }
      return reason === undefined;
    });
    return changes;
  }

  #takeCycles(analysis: Analysis, nowNs: number, isLast: boolean, changes: FindingChange[]): void {
    const seen = new Map<string, number>();
    for (const cycle of analysis.cycles) {
      const key = cycleKey(cycle);
      const firstNs = this.#firstSeenNs.get(key) ?? nowNs;
      seen.set(key, firstNs);
      const known = this.#findStanding(cycle.tasks);
      if (known?.verdict === 'deadlock' || known?.verdict === cycle.verdict) {
        continue;
      }
      const dueNs = this.#whenDue(cycle, firstNs);
      if (nowNs >= dueNs || (isLast && cycle.verdict === 'deadlock')) {
        changes.push(...this.#say(cycleFinding(cycle), nowNs));
      } else {
        this.#dueNs = Math.min(this.#dueNs, dueNs);
      }
    }
    this.#firstSeenNs = seen;
  }

  #whenDue({ verdict, closedNs }: Cycle, firstNs: number): number {
    const confirmedNs = firstNs + this.#options.confirmNs;
    return verdict === 'deadlock'
      ? confirmedNs
      : Math.max(confirmedNs, closedNs + this.#options.suspectAfterNs);
  }

  #takeHangs(analysis: Analysis, nowNs: number, changes: FindingChange[]): void {
    const longNs = analysis.capture.hangThresholdNs + this.#options.confirmNs;
    for (const chain of analysis.chains) {
      if (chain.end === 'cycle' || chain.waitNs < longNs) {
        continue;
      }
      const standing = this.#standing.find((finding) => isJoined(finding, chain));
      if (standing === undefined) {
        changes.push(...this.#say(hangFinding(chain), nowNs));
      } else if (standing.verdict === 'hang') {
        // It is over when all that piled up behind it is.
        this.#replace(standing, joinChain(standing, chain));
      }
    }
  }

  /** A finding that says more of the same tasks takes the place of what was said of them. */
  #say(found: Omit<Finding, 'id' | 'saidNs'>, nowNs: number): FindingChange[] {
    const before = this.#standing.filter(({ tasks }) => tasks.some((tid) => found.tasks.includes(tid)));
    const finding = { ...found, id: `f-${++this.#said}`, saidNs: nowNs };
    this.#standing = [...this.#standing.filter((other) => !before.includes(other)), finding];
    return [
      { type: 'found', finding },
      ...before.map((other) => ({ type: 'resolved', finding: other, reason: 'joined' }) as const),
    ];
  }

  /** The cycle that was said of any of these tasks; a hang is less than any cycle. */
  #findStanding(tasks: readonly number[]): Finding | undefined {
    return this.#standing.find(
      (finding) => finding.verdict !== 'hang' && finding.tasks.some((tid) => tasks.includes(tid)),
    );
  }

  #replace(before: Finding, after: Finding): void {
    this.#standing = this.#standing.map((finding) => (finding === before ? after : finding));
  }
}

/** Waits that a finding keeps of what joined it; whoever waits behind a hang for as long as it lasts can be a great many. */
const MAX_WAITS = 256;

function whyResolved(
  finding: Finding,
  { cycles, moreCycles }: Analysis,
  isOpen: (wait: WaitKey) => boolean,
): ResolvedReason | undefined {
  if (finding.verdict === 'hang') {
    return finding.waits.some(isOpen) ? undefined : 'ended';
  }
  if (!finding.waits.every(isOpen)) {
    return 'ended';
  }
  const isThere = cycles.some(({ tasks }) => finding.tasks.every((tid) => tasks.includes(tid)));
  return isThere || moreCycles ? undefined : 'changed';
}

function cycleFinding(cycle: Cycle): Omit<Finding, 'id' | 'saidNs'> {
  const { verdict, tasks, edges, closedNs, matches } = cycle;
  const signature = matches[0] === undefined ? {} : { signature: matches[0].id };
  return { verdict, tasks, waits: edges.map(waitKey), closedNs, ...signature };
}

function hangFinding({ links }: Chain): Omit<Finding, 'id' | 'saidNs'> {
  return {
    verdict: 'hang',
    tasks: tasksOf(links),
    waits: links.map(waitKey),
    closedNs: Math.min(...links.map(({ sinceNs }) => sinceNs)),
  };
}

function joinChain(finding: Finding, { links }: Chain): Finding {
  const isKnown = ({ waiter, sinceNs }: Edge) =>
    finding.waits.some((wait) => wait.tid === waiter && wait.sinceNs === sinceNs);
  const added = links.filter((link) => !isKnown(link));
  if (added.length === 0 || finding.waits.length >= MAX_WAITS) {
    return finding;
  }
  return {
    ...finding,
    tasks: [...new Set([...finding.tasks, ...tasksOf(added)])],
    waits: [...finding.waits, ...added.map(waitKey)],
  };
}

/** A chain that meets what was said: one of its tasks, or what one of them waits for. */
function isJoined({ tasks, waits }: Finding, { links }: Chain): boolean {
  return links.some(
    ({ waiter, blocker, resource }) =>
      tasks.includes(waiter) ||
      (blocker !== null && tasks.includes(blocker)) ||
      waits.some(({ kind, id }) => kind === resource.kind && id === resource.id),
  );
}

function tasksOf(links: readonly Edge[]): number[] {
  return links.map(({ waiter }) => waiter);
}

function waitKey({ waiter, resource, sinceNs }: Edge): WaitKey {
  return { tid: waiter, kind: resource.kind, id: resource.id, sinceNs };
}

function cycleKey({ edges }: Cycle): string {
  return edges.map(({ waiter, resource, sinceNs }) => [waiter, resource.kind, resource.id, sinceNs]).join();
}
