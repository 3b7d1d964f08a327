import { addRecord, type Trace, TraceBuilder, type TraceSink, traceRecords } from '../../trace/index.ts';

/** Records written at a time: a transaction of the SQLite sink, a record batch of the Arrow one. */
const RECORDS_PER_BATCH = 50_000;

/** Writes a whole trace into a sink, in time order, and closes it; also after an error, which it throws. */
export async function saveTrace(trace: Trace, sink: TraceSink): Promise<void> {
  try {
    writeTrace(trace, sink);
  } finally {
    await sink.close(trace.info);
  }
}

function writeTrace(trace: Trace, sink: TraceSink): void {
  const builder = new TraceBuilder();
  for (const attachment of trace.attachments) {
    builder.addAttachment(attachment);
  }
  let pending = 0;
  for (const record of traceRecords(trace)) {
    addRecord(builder, record);
    if (++pending === RECORDS_PER_BATCH) {
      sink.write(builder.take(), builder);
      pending = 0;
    }
  }
  sink.write(builder.take(), builder);
}
