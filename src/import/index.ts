/** The public face of the importers. */
export { parseFrame, plainName, StackCollector } from './kernel-log/stack-frame.ts';
export { findStackWait, type StackWait } from './kernel-log/wait-kind.ts';
export { importKernelLog, isKernelLog, isPacked, LogImporter } from './kernel-log.ts';
export * from './ndjson.ts';
