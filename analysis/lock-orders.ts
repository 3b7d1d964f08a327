import type { Loss, TraceRest } from '../src/trace/index.ts';
import type { ResourceRef } from './result.ts';

/** Name of the attachment that carries what the kernel's lock checkers reported; see FORMAT.md. */
export const LOCK_ORDERS_ATTACHMENT = 'lock-orders';
/** Its form. */
export const LOCK_ORDERS_SCHEMA = 'holdwait.lock-orders/1';

/** An order of locks that could end in a deadlock, or another misuse of a lock: as a lock checker reported it, or as seen. */
export interface LockOrder {
  /** A lock checker of the kernel; `trace`: orders that were seen in the capture itself. */
  readonly source: 'lockdep' | 'dept' | 'trace';
  /** `circular`, `recursive`, `inconsistent-state`, `irq-inversion`, `irq-unsafe`, `wait-context`, `unlock-balance`, … */
  readonly report: string;
  readonly title: string;
  /** Line of the log in which it begins. */
  readonly line?: number;
  /** The log does not have all of it. */
  readonly cut?: true;
  readonly classes: readonly string[];
  /** Each leads from what is held to what is wanted, which the next one holds; empty where no order is at fault. */
  readonly links: readonly OrderLink[];
  /** Who was reported, and the locks held then. */
  readonly task?: number;
  readonly taskName?: string;
  readonly locks?: readonly { readonly name: string; readonly at?: string }[];
  /** How it would come to a deadlock, step by step. */
  readonly scenario?: readonly string[];
  /** The states of one lock that do not go together. */
  readonly usage?: string;
}

/** One order: `held` was had while `wanted` was asked for. Both are classes of locks; `task` is a tid. */
export interface OrderLink {
  readonly held: string;
  readonly wanted: string;
  /** Where it was wanted, innermost first. */
  readonly stack: readonly string[];
  /** Where what is held was taken; and where it would have been let go. */
  readonly heldStack?: readonly string[];
  readonly releaseStack?: readonly string[];
  /** null: of an order that was seen earlier, from anyone. */
  readonly task: number | null;
  /** Of an order seen in the capture: when, how often, and between which two. */
  readonly tsNs?: number;
  readonly count?: number;
  readonly heldResource?: ResourceRef;
  /** Left out: some resource of the class. */
  readonly wantedResource?: ResourceRef;
  /** Why it may be wanted, where nobody was seen taking it or waiting for it. */
  readonly why?: string;
}

/** What decodeLockOrders() found, and what of it could not be used. */
export interface DecodedOrders {
  readonly orders: readonly LockOrder[];
  readonly losses: readonly Loss[];
}

/**
 * What lock checkers of the kernel reported, each once however often the log has it. What is not of the right form is a
 * loss, `bad_lock_order`.
 */
export function decodeLockOrders(rest: Pick<TraceRest, 'attachments' | 'endNs'>): DecodedOrders {
  const orders = new Map<string, LockOrder>();
  let bad = 0;
  for (const { name, text } of rest.attachments) {
    for (const value of name === LOCK_ORDERS_ATTACHMENT ? readList(text) : []) {
      const order = tryOrder(value);
      if (order === undefined) {
        bad++;
      } else {
        const key = JSON.stringify([order.source, order.report, order.title, order.classes, order.links]);
        orders.set(key, orders.get(key) ?? order);
      }
    }
  }
  const losses = bad === 0 ? [] : [{ tsNs: rest.endNs, count: bad, reason: 'bad_lock_order' }];
  return { orders: [...orders.values()], losses };
}

/** The entries of the attachment; one that cannot be used stands for a text that cannot be read. */
function readList(text: string): readonly unknown[] {
  try {
    const { schema, orders } = JSON.parse(text) as { schema?: unknown; orders?: unknown };
    return schema === LOCK_ORDERS_SCHEMA && Array.isArray(orders) ? orders : [undefined];
  } catch {
    return [undefined];
  }
}

function tryOrder(value: unknown): LockOrder | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const { source, report, title, classes, links, line, task, taskName, locks, scenario, usage } = value;
  const known = source === 'lockdep' || source === 'dept' ? source : undefined;
  const read = Array.isArray(links) ? links.map(tryLink) : [undefined];
  if (known === undefined || !isText(report) || !isText(title) || !isTexts(classes) || !isAll(read)) {
    return undefined;
  }
  return {
    source: known,
    report,
    title,
    classes,
    links: read,
    ...(isTid(line) && line > 0 && { line }),
    ...(value.cut === true && { cut: true as const }),
    ...(isTid(task) && { task }),
    ...(isText(taskName) && { taskName }),
    ...(Array.isArray(locks) && { locks: locks.map(tryLock).filter((lock) => lock !== undefined) }),
    ...(isTexts(scenario) && { scenario }),
    ...(isText(usage) && { usage }),
  };
}

function tryLink(value: unknown): OrderLink | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const { held, wanted, stack, heldStack, releaseStack, task } = value;
  return isText(held) && isText(wanted) && isTexts(stack)
    ? {
        held,
        wanted,
        stack,
        ...(isTexts(heldStack) && { heldStack }),
        ...(isTexts(releaseStack) && { releaseStack }),
        task: isTid(task) ? task : null,
      }
    : undefined;
}

function tryLock(value: unknown): { name: string; at?: string } | undefined {
  return isObject(value) && isText(value.name)
    ? { name: value.name, ...(isText(value.at) && { at: value.at }) }
    : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isTid(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31;
}

function isAll<T>(values: readonly (T | undefined)[]): values is T[] {
  return values.every((value) => value !== undefined);
}
