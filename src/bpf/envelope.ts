/** One line of `bpftrace -f json`: what kind of message it is, and what is in it. */
export interface Envelope {
  readonly type: unknown;
  readonly data?: unknown;
  readonly retcode?: unknown;
  readonly helper?: unknown;
}

/** undefined = not a JSON object. */
export function parseEnvelope(line: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Envelope) : undefined;
  } catch {
    return undefined;
  }
}

/** Events that a `lost_events` message speaks of. bpftrace has had two shapes: `{"events": n}` and `{"events": n, "count": m}`. */
export function lostCount(data: unknown): number {
  const { events, count } = (data ?? {}) as { events?: unknown; count?: unknown };
  const value = typeof events === 'number' ? events : count;
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 1;
}
