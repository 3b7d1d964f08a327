/** The public face of the stores. */
export { loadArrow, openArrow } from './arrow-load.ts';
export { openArrowSink } from './arrow-sink.ts';
export { loadCapture, openSource } from './load-capture.ts';
export { openNdjsonSink } from './ndjson-sink.ts';
export type { SinkOptions } from './output-file.ts';
export { loadSqlite, openSqlite } from './sqlite-load.ts';
export { openSqliteSink } from './sqlite-sink.ts';
