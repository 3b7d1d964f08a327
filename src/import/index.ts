/** The public face of the importers. */
export * from './ndjson.ts';
