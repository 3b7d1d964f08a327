/** The public face of the stores. */
export { loadArrow } from './arrow-load.ts';
export { openArrowSink } from './arrow-sink.ts';
export { loadCapture } from './load-capture.ts';
export type { SinkOptions } from './output-file.ts';
export { loadSqlite } from './sqlite-load.ts';
export { openSqliteSink } from './sqlite-sink.ts';
