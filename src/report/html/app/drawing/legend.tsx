import { nameClaim } from '../../../wording.ts';
import type { DrawnGraph, LineStyle } from './drawn-graph.ts';

const ORDER: readonly LineStyle[] = [
  'wait',
  'traced',
  'owner-field',
  'released-later',
  'stack',
  'unknown',
  'nobody',
  'queue',
  'io',
  'more',
];

/** What the lines and shapes mean that are in the drawing, and no others. */
export function Legend({ graph: { nodes, edges } }: { graph: DrawnGraph }) {
  const styles = new Set(edges.map(({ style }) => style));
  const hasResource = nodes.some(({ type }) => type === 'resource');
  return (
    <figcaption>
      <ul class="legend" aria-label="Legend">
        <li>
          <Shape d="M6 2H30q4 0 4 4v6q0 4 -4 4H6q-4 0 -4 -4v-6q0 -4 4 -4z" /> task
        </li>
        {hasResource && (
          <li>
            <Shape d="M2 9L9 2H27L34 9L27 16H9Z" /> resource
          </li>
        )}
        {ORDER.filter((style) => styles.has(style)).map((style) => (
          <li key={style}>
            <svg class="sample arrow" width="36" height="18" viewBox="0 0 36 18" aria-hidden="true">
              <path class={`line line-${style}`} d="M1 9H35" />
            </svg>{' '}
            {explainStyle(style)}
          </li>
        ))}
      </ul>
    </figcaption>
  );
}

function Shape({ d }: { d: string }) {
  return (
    <svg class="sample box" width="36" height="18" viewBox="0 0 36 18" aria-hidden="true">
      <path class="outline" d={d} />
    </svg>
  );
}

function explainStyle(style: LineStyle): string {
  switch (style) {
    case 'wait':
      return 'waits for, since how long';
    case 'queue':
      return 'queued behind: by the order of the queue, not by a holder';
    case 'io':
      return 'in flight at a device';
    case 'nobody':
      return 'holder unknown';
    case 'more':
      return 'not drawn one by one';
    default:
      return nameClaim({ blocker: 0, evidence: style, hard: true });
  }
}
