import { errorText, HoldwaitError } from '../../src/trace/index.ts';
import { ringKey } from './find-order-circles.ts';

/** An order that somebody has looked at and found harmless. */
export interface IgnoredOrder {
  /** Each was held while the next was wanted. */
  readonly classes: readonly string[];
  /** A whole circle, back to the first class; else every circle in which each of these follows the one before. */
  readonly isCircle: boolean;
  readonly reason: string;
}

const ARROW = /\s+(?:->|→)\s+/;

/**
 * Reads a file of orders to be left aside. A line is `CLASS -> CLASS # reason`; with the first class once more at its end it is
 * that one circle, else every circle with that order in it. The same as JSON: `{"classes": ["…", "…"], "reason": "…"}`. Lines
 * that begin with # are comments.
 *
 * @param origin names the file in messages
 * @throws HoldwaitError `IGNORED_ORDERS_INVALID` (input) that names the line
 */
export function parseIgnoredOrders(text: string, origin: string): IgnoredOrder[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    const content = i === 0 ? line.replace(/^\uFEFF/, '').trim() : line.trim();
    if (content === '' || content.startsWith('#')) {
      return [];
    }
    const fault = (what: string) => invalid(`${origin}, line ${i + 1}: ${what}`);
    const read = content.startsWith('{') ? readJson(content, fault) : readText(content);
    return [checkOrder(read, fault)];
  });
}

type Fault = (what: string) => HoldwaitError;

function readText(line: string): { classes: unknown; reason: unknown } {
  const [, order, reason] = /^(.*?)\s+#\s*(.*)$/s.exec(line) ?? [undefined, line, ''];
  return { classes: order!.split(ARROW).map((name) => name.trim()), reason };
}

function readJson(line: string, fault: Fault): { classes?: unknown; reason?: unknown } {
  try {
    return JSON.parse(line) as object;
  } catch (error) {
    throw fault(`not JSON: ${errorText(error)}`);
  }
}

function checkOrder(read: { classes?: unknown; reason?: unknown }, fault: Fault): IgnoredOrder {
  const { classes, reason } = read;
  if (!Array.isArray(classes) || !classes.every(isClass) || classes.length < 2) {
    throw fault('two classes of locks or more are wanted, with -> between them');
  }
  if (!isText(reason)) {
    throw fault('a reason is wanted, after a #: why this order is no danger');
  }
  const isCircle = classes.length > 2 && classes.at(-1) === classes[0];
  return { classes: isCircle ? classes.slice(0, -1) : classes, isCircle, reason: reason.trim() };
}

/** The first of the orders that says that this circle is no danger. */
export function findIgnored(
  circle: readonly string[],
  orders: readonly IgnoredOrder[],
): IgnoredOrder | undefined {
  const ring = ringKey(circle);
  return orders.find(({ classes, isCircle }) =>
    isCircle ? ringKey(classes) === ring : follows(circle, classes),
  );
}

/** Whether the classes follow each other somewhere in the circle. */
function follows(circle: readonly string[], classes: readonly string[]): boolean {
  return (
    classes.length <= circle.length &&
    circle.some((_, at) => classes.every((name, i) => circle[(at + i) % circle.length] === name))
  );
}

function invalid(message: string): HoldwaitError {
  return new HoldwaitError('input', 'IGNORED_ORDERS_INVALID', message, {
    hint: 'a line is: CLASS -> CLASS # reason, with the classes as `holdwait analyze` prints them',
  });
}

/** An arrow at its edge is one too many. */
function isClass(value: unknown): value is string {
  return isText(value) && !/^(?:->|→)|(?:->|→)$/.test(value.trim());
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && /\S/.test(value);
}
