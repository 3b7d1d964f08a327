/**
 * A capture to be killed: `node killed-writer.ts PATH [arrow]` writes batches without end and prints the number of events
 * written after each.
 */
import { writeSync } from 'node:fs';
import { openArrowSink } from '../../../src/store/arrow-sink.ts';
import { openSqliteSink } from '../../../src/store/sqlite-sink.ts';
import { addRecord, TraceBuilder } from '../../../src/trace/index.ts';

const BATCH = 50;
const open = process.argv[3] === 'arrow' ? openArrowSink : openSqliteSink;
const sink = open(process.argv[2]!, { target: 'local' });
const builder = new TraceBuilder();
for (let events = 0; ; events += BATCH) {
  for (let i = events; i < events + BATCH; i++) {
    const stack = [`function_${i % 300}`, 'common'];
    addRecord(builder, { type: 'wait_begin', ts: i, tid: 1 + (i % 70), kind: 'mutex', res: `0x${i}`, stack });
  }
  sink.write(builder.take(), builder);
  writeSync(1, `${events + BATCH}\n`);
}
