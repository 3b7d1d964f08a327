import {
  type CaptureInfo,
  type OnSourceProgress,
  surveySource,
  TraceBuilder,
  type TraceRest,
  type TraceSink,
  type TraceSource,
} from '../../trace/index.ts';

export interface SavedSource {
  readonly events: number;
  readonly rest: TraceRest;
}

/**
 * Copies a capture of any length into a sink, in time order, and closes it; also after an error, which it throws.
 *
 * @param openSink called with what the capture says of itself, once all of it has been read
 */
export async function saveSource(
  source: TraceSource,
  openSink: (info: CaptureInfo) => TraceSink,
  onProgress?: OnSourceProgress,
): Promise<SavedSource> {
  const capture = await surveySource(source, onProgress);
  const { tables, rest, events } = capture;
  const sink = openSink(rest.info);
  try {
    const names = new TraceBuilder(tables);
    // All names first: whatever an event points to is there when the event comes.
    const { losses, attachments } = rest;
    sink.write({ ...names.take(), tasks: tables.tasks.rows(), losses, attachments }, names);
    for await (const batch of capture.batches()) {
      sink.write({ ...names.take(), events: batch }, names);
    }
  } finally {
    await sink.close(rest.info);
  }
  return { events, rest };
}
