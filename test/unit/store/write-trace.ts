import {
  addRecord,
  type CaptureInfo,
  TraceBuilder,
  type TraceRecord,
  type TraceSink,
} from '../../../src/trace/index.ts';
import { ATTACHMENTS, LAST_INFO } from './sample-trace.ts';

/** Sends records to a sink as a capture does, `batchSize` at a time, and closes it. */
export async function writeRecords(
  sink: TraceSink,
  records: Iterable<TraceRecord>,
  batchSize = 4,
  lastInfo: CaptureInfo = LAST_INFO,
): Promise<void> {
  const builder = new TraceBuilder();
  let pending = 0;
  for (const record of records) {
    addRecord(builder, record);
    if (++pending === batchSize) {
      sink.write(builder.take(), builder);
      pending = 0;
    }
  }
  for (const attachment of ATTACHMENTS) {
    builder.addAttachment(attachment);
  }
  sink.write(builder.take(), builder);
  await sink.close(lastInfo);
}
