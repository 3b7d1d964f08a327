import {
  eventRecord,
  RecordOrder,
  surveySource,
  writeNdjsonHead,
  writeNdjsonRecord,
} from '../trace/index.ts';
import type { ExportWriter } from './format.ts';
import { joinLines } from './join-lines.ts';

/** The interchange contract: header, attachments, then tasks, losses and events in time order. */
export const writeNdjsonFormat: ExportWriter = async function* (source, _options, onProgress) {
  const capture = await surveySource(source, onProgress);
  const { tables, rest } = capture;
  const order = new RecordOrder(tables.tasks, rest.losses);
  yield* writeNdjsonHead(rest);
  for await (const events of capture.batches()) {
    const records = order.next(events, (i) => eventRecord(tables, events, i));
    yield* joinLines(records, writeNdjsonRecord);
  }
  yield* joinLines(order.end(), writeNdjsonRecord);
};
