import { findInterruptedFrame } from '../../analysis/interrupt-context.ts';
import { functionName } from '../../analysis/match-frames.ts';
import { isEntry, tellingRange } from '../../analysis/telling-frames.ts';
import { escapeText } from './escape.ts';

const MOST_FRAMES = 16;
/** Of the code that an interrupt came in on top of. */
const INTERRUPTED_FRAMES = 2;

export interface StackText {
  readonly lines: readonly string[];
  /** Frames that are not among the lines. */
  readonly omitted: number;
}

/**
 * The frames worth reading at first, innermost first and without offsets: from the function that waits, to the system
 * call, fault or work that led there; through an interrupt to the code that it interrupted, which holds what is waited for.
 */
export function trimStack(frames: readonly string[]): StackText {
  const names = frames.map(functionName);
  const [from, to] = tellingRange(names);
  const interrupted = findInterruptedFrame(names);
  const most = Math.max(from + MOST_FRAMES, interrupted < 0 ? 0 : interrupted + INTERRUPTED_FRAMES);
  // Saying that one frame is left out would take the line it needs.
  const kept = frames.length - (to - from) === 1 ? frames : frames.slice(from, Math.min(to, most));
  return { lines: kept.map(shortFrame), omitted: frames.length - kept.length };
}

/** How a lock is taken and its checker told: on top of every stack in a report of the checker. */
const CHECKER =
  /^_*(?:dump_stack|show_stack|dump_backtrace|print_|check_|validate_chain|mark_lock|lock_acquire|lock_release|dept_|(?:raw_|rt_)?(?:spin|read|write|mutex)_(?:try)?lock|(?:rt_|percpu_)?down_(?:read|write)|wait_for_co|unwind_|arch_stack_walk|stack_trace_save|save_stack)/;

const MOST_ORDER_FRAMES = 6;

/** The frames of a lock checker's stack that tell in which code the lock is taken, innermost first. */
export function orderStack(frames: readonly string[]): StackText {
  const names = frames.map(functionName);
  const from = names.findIndex((name) => !CHECKER.test(name));
  const kept = (from < 0 ? frames : frames.slice(from)).filter((frame) => !isEntry(functionName(frame)));
  const lines = kept.slice(0, MOST_ORDER_FRAMES).map(shortFrame);
  return { lines, omitted: kept.length - lines.length };
}

/** Every frame as it was recorded. */
export function wholeStack(frames: readonly string[]): StackText {
  return { lines: frames.map(escapeText), omitted: 0 };
}

/** The function that decided: the first frame outside the scheduler. */
export function decisiveFunction(frames: readonly string[]): string | undefined {
  return trimStack(frames).lines[0];
}

/** `ext4_writepages+0x479/0xd60 [ext4]` → `ext4_writepages [ext4]`. */
function shortFrame(frame: string): string {
  return escapeText(frame.replace(/\+0x[0-9a-f]+(\/0x[0-9a-f]+)?/i, ''));
}
