import { parseFrame, plainName } from './stack-frame.ts';

/** A lock as a line of lockdep shows it. */
export interface ShownLock {
  /** Name of its class: `&sb->s_type->i_mutex_key#9`. */
  readonly name: string;
  /** Where it is or was asked for, as a frame. */
  readonly at?: string;
  /** Its place in a list of held locks. */
  readonly place?: number;
}

/** A name with anything in it up to the brace of the usage: names of classes have parentheses of their own. */
const LOCK =
  /^(?:#(\d{1,4}):\s*)?(?:\[?<?(?:0x)?[0-9a-f]{8,16}>?\]?\s+)?\((.{1,400})\)\s?\{[-+.?*=!A-Za-z]{0,16}\}(?:-\{\d{1,3}:\d{1,3}\})?(.*)$/;
const NAME_OF_FUNCTION = /^[A-Za-z_.$][\w.$@]{0,255}(?=[\s+]|$)/;

/** A line that shows a lock: `ffff8880 (&x->lock){+.+.}-{3:3}, at: func+0x1/0x2 [module]` in the form of any kernel. */
export function parseLock(text: string): ShownLock | undefined {
  const match = text.length > 1000 ? null : LOCK.exec(text.trim());
  if (match === null) {
    return undefined;
  }
  const at = /,\s*at:\s*(.+)$/.exec(match[3]!)?.[1];
  const frame = at === undefined ? undefined : parsePlace(at);
  return {
    name: match[2]!,
    ...(frame === undefined ? {} : { at: frame }),
    ...(match[1] === undefined ? {} : { place: Number(match[1]) }),
  };
}

/** The frame of a place in the code, however much of it a kernel or a symboliser prints. */
export function parsePlace(text: string): string | undefined {
  const plain = text.trim().replace(/^\(?\[<?(?:0x)?[0-9a-f]{1,16}>?\]\s*/, '');
  return parseFrame(plain)?.text ?? NAME_OF_FUNCTION.exec(plain)?.[0];
}

/** A C++ or Rust function's own name is inside its symbol: `_Z4nameii` is `name`. */
export function readableName(frame: string): string {
  const name = plainName(frame.replace(/[+ ].*$/, ''));
  const mangled = /^_Z(\d{1,3})([A-Za-z_]\w*)$/.exec(name);
  return mangled === null ? name : mangled[2]!.slice(0, Number(mangled[1])) || name;
}
