import type { ExportFormat, ExportWriter } from './format.ts';
import type { TableWriter } from './table-format.ts';
import { writeAnalysis } from './write-analysis.ts';

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
  {
    name: 'arrow',
    extensions: ['.arrow', '.feather'],
    isBinary: true,
    hasTables: true,
    description: 'a table as an Arrow IPC file, for pandas, polars and pyarrow',
    load: async () => ofTable((await import('./write-arrow.ts')).writeArrow),
  },
  {
    name: 'parquet',
    extensions: ['.parquet'],
    isBinary: true,
    hasTables: true,
    description: 'a table as a Parquet file, for DuckDB and most others, the smallest of all',
    load: async () => ofTable((await import('./write-parquet.ts')).writeParquet),
  },
  {
    name: 'csv',
    extensions: ['.csv'],
    isBinary: false,
    hasTables: true,
    description: 'a table as comma separated values, for spreadsheets',
    load: async () => ofTable((await import('./write-csv.ts')).writeCsv),
  },
  {
    name: 'chrome-trace',
    extensions: ['.json'],
    isBinary: false,
    hasTables: false,
    hasSlices: true,
    description: 'waits and holds over time, for ui.perfetto.dev, chrome://tracing and speedscope',
    load: async () => (await import('./write-chrome-trace.ts')).writeChromeTraceFormat,
  },
  {
    name: 'folded',
    extensions: ['.folded', '.collapsed'],
    isBinary: false,
    hasTables: false,
    description: 'stacks with the µs waited in them, for flamegraph.pl, inferno and speedscope',
    load: async () => (await import('./write-folded.ts')).writeFoldedFormat,
  },
  {
    name: 'dot',
    extensions: ['.dot', '.gv'],
    isBinary: false,
    hasTables: false,
    description: 'who waits for whom at the end, drawn by graphviz: `dot -Tsvg`',
    load: async () => writeAnalysis((await import('../report/graph/render-dot.ts')).renderDot),
  },
  {
    name: 'mermaid',
    extensions: ['.mmd', '.mermaid'],
    isBinary: false,
    hasTables: false,
    description: 'the same as a Mermaid flowchart, for a ticket or a README',
    load: async () => writeAnalysis((await import('../report/graph/render-mermaid.ts')).renderMermaid),
  },
  {
    name: 'mail',
    extensions: ['.mail', '.eml'],
    isBinary: false,
    hasTables: false,
    description: 'a report for a kernel mailing list, with stacks as the kernel prints them',
    load: async () => (await import('./write-mail.ts')).writeMailFormat,
  },
];

async function ofTable(write: TableWriter): Promise<ExportWriter> {
  const { tableFormat } = await import('./table-format.ts');
  return tableFormat(write);
}
