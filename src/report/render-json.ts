import type { Analysis } from '../../analysis/result.ts';
import schema from './analysis.schema.json' with { type: 'json' };

/** JSON Schema (draft 2020-12) of what renderJson() returns. */
export const analysisSchema: Readonly<Record<string, unknown>> = schema;

/**
 * The analysis as JSON text. It is the object itself: nothing is renamed, rounded or escaped for a terminal, since a
 * program reads it; JSON escapes control characters on its own.
 *
 * @param indent spaces a level; 0 = one line
 */
export function renderJson(analysis: Analysis, indent = 0): string {
  return JSON.stringify(analysis, undefined, indent);
}
