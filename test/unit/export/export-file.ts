import { writeFileSync } from 'node:fs';
import type { ExportOptions, ExportTableName } from '../../../src/export/format.ts';
import { EXPORT_FORMATS } from '../../../src/export/formats.ts';
import type { TraceSource } from '../../../src/trace/index.ts';

/** What `holdwait export` writes of a source, as the bytes of a file. */
export async function exportBytes(
  source: TraceSource,
  name: string,
  table: ExportTableName = 'events',
): Promise<Buffer> {
  const format = EXPORT_FORMATS.find((one) => one.name === name)!;
  const write = await format.load();
  const options: ExportOptions = { file: 'test.sqlite', table, analyze: {}, version: '0.0.0' };
  const pieces: Buffer[] = [];
  for await (const piece of write(source, options, () => {})) {
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}

export async function exportFile(path: string, ...what: Parameters<typeof exportBytes>): Promise<string> {
  writeFileSync(path, await exportBytes(...what));
  return path;
}
