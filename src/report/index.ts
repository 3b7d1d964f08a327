/** The public face of the reports: an analysis as text or as JSON. */
export { escapeText } from './escape.ts';
export { ANSI_COLOURS, NO_COLOURS, type Palette } from './palette.ts';
export { analysisSchema, renderJson } from './render-json.ts';
export { renderText } from './render-text.ts';
export type { TextStyle } from './style.ts';
