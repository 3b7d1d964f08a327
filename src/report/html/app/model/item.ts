import { findHandle, type Handled, resourceKey } from '../../../../../analysis/handles.ts';
import type { PageModel, PageResource, PageTask } from './page-model.ts';

/** What can be looked at more closely: what the analysis has handles for, and the spans of the timeline. */
export type Item =
  | Extract<Handled, { type: 'cycle' | 'chain' | 'wait' }>
  | { readonly type: 'task'; readonly task: PageTask }
  | { readonly type: 'resource'; readonly resource: PageResource }
  /** Rows are positions in the columns of Timeline. */
  | { readonly type: 'span'; readonly of: 'waits' | 'holds'; readonly row: number };

/** Handle of a row of Timeline.waits; of the page's own, as `holdwait show` knows no timeline. */
export function waitRowHandle(row: number): string {
  return `tw-${row + 1}`;
}

export function holdRowHandle(row: number): string {
  return `th-${row + 1}`;
}

/** What a handle stands for on this page; undefined if there is no such thing. */
export function findItem(model: PageModel, handle: string): Item | undefined {
  const [, letters, digits] = /^(t[wrh]?)-(-?\d{1,15})$/.exec(handle) ?? [];
  const number = Number(digits);
  switch (letters) {
    case 't': {
      const task = model.taskByTid.get(number);
      return task && { type: 'task', task };
    }
    case 'tr':
      return findResource(model, model.timeline.resources[number - 1]);
    case 'tw':
      return findSpan(model, 'waits', number - 1);
    case 'th':
      return findSpan(model, 'holds', number - 1);
  }
  return fromHandled(model, findHandle(model.analysis, handle));
}

function fromHandled(model: PageModel, found: Handled | undefined): Item | undefined {
  switch (found?.type) {
    case 'cycle':
    case 'chain':
    case 'wait':
      return found;
    case 'resource':
      return findResource(model, found.resource);
  }
  return undefined;
}

function findResource(model: PageModel, resource: PageResource['resource'] | undefined): Item | undefined {
  const found = resource && model.resourceByKey.get(resourceKey(resource));
  return found && { type: 'resource', resource: found };
}

function findSpan({ timeline }: PageModel, of: 'waits' | 'holds', row: number): Item | undefined {
  return row in timeline[of].lane ? { type: 'span', of, row } : undefined;
}

/** A handle in an address is what follows the `#`; empty where nothing is chosen. */
export function handleOfHash(hash: string): string {
  try {
    return decodeURIComponent(hash.replace(/^#/, ''));
  } catch {
    return hash.replace(/^#/, '');
  }
}
