/** Exports a capture to nowhere and prints the most memory that took: arguments path, format, table. */
import type { ExportTableName } from '../../../src/export/format.ts';
import { EXPORT_FORMATS } from '../../../src/export/formats.ts';
import { openSource } from '../../../src/store/load-capture.ts';

const [path, name, table] = process.argv.slice(2);
const write = await EXPORT_FORMATS.find((format) => format.name === name)!.load();
const options = { file: path!, table: table as ExportTableName, analyze: {}, version: '0.0.0' };
let sizeBytes = 0;
for await (const piece of write(await openSource(path!), options, () => {})) {
  sizeBytes += piece.length;
}
console.log(JSON.stringify({ sizeBytes, peakKiB: process.resourceUsage().maxRSS }));
