import {
  addRecord,
  type EventColumns,
  type Loss,
  TraceBuilder,
  type TraceRecord,
  type TraceSource,
} from '../../../src/trace/index.ts';

/** Records as they arrive, batch by batch: tables grow with the batches, as those of a file do. */
export function recordSource(records: readonly TraceRecord[], sizes: readonly number[]): TraceSource {
  return {
    open: () => {
      const builder = new TraceBuilder();
      const { tasks, resources, stacks } = builder;
      const all: Loss[] = [];
      return {
        tables: { tasks, resources, stacks },
        async *batches(): AsyncGenerator<EventColumns> {
          for (let from = 0, i = 0; from < records.length; i++) {
            const to = from + sizes[i % sizes.length]!;
            for (const record of records.slice(from, to)) {
              addRecord(builder, record);
            }
            const { events, losses } = builder.take();
            all.push(...losses);
            yield events;
            from = to;
          }
        },
        rest: () => ({ info: {}, losses: all, attachments: [], endNs: builder.latestNs }),
      };
    },
  };
}
