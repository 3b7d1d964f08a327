/** The public face of the importers. */
export { importKernelLog, isKernelLog } from './kernel-log.ts';
export * from './ndjson.ts';
