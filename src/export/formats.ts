import type { ExportFormat } from './format.ts';

/**
 * All formats of `holdwait export`, in the order in which they are listed. A new one is an entry here and a module of its
 * own, `write-NAME.ts`, with one ExportWriter: a generator that reads (or analyses, with analyzeSource()) the source and
 * yields pieces of the file. Where the pieces go, `--force`, progress and errors of the output are the command's business.
 */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  {
    name: 'ndjson',
    extensions: ['.ndjson', '.jsonl'],
    isBinary: false,
    hasTables: false,
    description: 'all of the capture, one JSON object a line: the contract that `holdwait import` reads',
    load: async () => (await import('./write-ndjson.ts')).writeNdjsonFormat,
  },
];
