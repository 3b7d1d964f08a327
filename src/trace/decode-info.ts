import type { CaptureInfo, HookInfo } from './capture-info.ts';

type Decoder = (value: unknown) => unknown;

const DECODERS: Readonly<Record<keyof CaptureInfo, Decoder>> = {
  target: tryText,
  hostname: tryText,
  kernelRelease: tryText,
  kernelVersion: tryText,
  machine: tryText,
  bootId: tryText,
  holdwaitVersion: tryText,
  bpftraceVersion: tryText,
  scripts: tryTexts,
  hooks: tryHooks,
  thresholdNs: tryCount,
  hungTaskNs: tryCount,
  clock: (value) => (['monotonic', 'boot', 'unknown'].includes(value as string) ? value : undefined),
  startClockNs: (value) => (typeof value === 'string' && /^\d+$/.test(value) ? value : undefined),
  startedAt: tryText,
  endNs: tryCount,
  endReason: tryText,
};

/** Names of all fields of a CaptureInfo, in the order they are written to files. */
export const CAPTURE_FIELDS = Object.keys(DECODERS) as readonly (keyof CaptureInfo)[];

/**
 * What a file says of its capture, as parsed JSON or rows of a table. Fields that are unknown or of the wrong form are
 * left out: a capture is worth reading without them.
 */
export function decodeCaptureInfo(fields: unknown): CaptureInfo {
  const from = (typeof fields === 'object' && fields !== null ? fields : {}) as Record<string, unknown>;
  const info: Record<string, unknown> = {};
  for (const name of CAPTURE_FIELDS) {
    const value = Object.hasOwn(from, name) ? DECODERS[name](from[name]) : undefined;
    if (value !== undefined) {
      info[name] = value;
    }
  }
  return info;
}

function tryText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function tryCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function tryTexts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

function tryHooks(value: unknown): readonly HookInfo[] | undefined {
  return Array.isArray(value) ? value.map(tryHook).filter((hook) => hook !== undefined) : undefined;
}

function tryHook(value: unknown): HookInfo | undefined {
  const { hook, symbol, reason } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (typeof hook !== 'string') {
    return undefined;
  }
  return { hook, symbol: tryText(symbol), ...(typeof reason === 'string' && { reason }) };
}
