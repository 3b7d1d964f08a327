/** The public face of a capture in memory: its tables, its builder, and the records of the interchange contract. */
export * from './capture-info.ts';
export * from './decode-info.ts';
export * from './error.ts';
export * from './event-columns.ts';
export * from './event-order.ts';
export * from './loss-summary.ts';
export * from './ndjson.ts';
export * from './record.ts';
export * from './resource-table.ts';
export * from './sort-columns.ts';
export * from './split-lines.ts';
export * from './stack-table.ts';
export * from './string-table.ts';
export * from './task-table.ts';
export * from './trace.ts';
export * from './trace-stream.ts';
export * from './words.ts';
