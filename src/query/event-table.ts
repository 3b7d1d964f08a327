import type { OnSourceProgress } from '../../analysis/index.ts';
import { ARROW_SCHEMA_VERSION, joinFrames } from '../store/arrow-schema.ts';
import { ARROW_CAPTURE_KEY, ARROW_SCHEMA_KEY } from '../store/formats.ts';
import {
  ALLOC_FUNCTIONS,
  EVENT_TYPES,
  EVIDENCES,
  type EventColumns,
  MODES,
  NO_TID,
  NONE,
  RecordOrder,
  type SurveyedSource,
  surveySource,
  type TaskRow,
  type TraceRecord,
  type TraceSource,
  type TraceTables,
} from '../trace/index.ts';
import { batchRows, type Cell, type Row, type Table, type TableColumn } from './table.ts';

/** The columns of an Arrow capture (src/trace/FORMAT.md), so that what was exported can be imported. */
const COLUMNS = [
  { name: 'type', type: 'text' },
  { name: 'ts', type: 'int64' },
  { name: 'tid', type: 'int32' },
  { name: 'pid', type: 'int32' },
  { name: 'comm', type: 'text' },
  { name: 'kind', type: 'text' },
  { name: 'res', type: 'text' },
  { name: 'label', type: 'text' },
  { name: 'mode', type: 'text' },
  { name: 'stack', type: 'text' },
  { name: 'holder', type: 'int32' },
  { name: 'evidence', type: 'text' },
  { name: 'fn', type: 'text' },
  { name: 'size', type: 'int64' },
  { name: 'gfp', type: 'int64' },
  { name: 'count', type: 'int64' },
  { name: 'reason', type: 'text' },
  { name: 'text', type: 'text', isDocument: true },
] as const satisfies readonly TableColumn[];

type ColumnName = (typeof COLUMNS)[number]['name'];

/**
 * Everything in a capture as one flat table in time order: its attachments, then tasks, losses and events, each event with
 * the name that its task had by then.
 */
export async function openEventTable(source: TraceSource, onProgress: OnSourceProgress): Promise<Table> {
  const capture = await surveySource(source, onProgress);
  return {
    columns: COLUMNS,
    metadata: new Map([
      [ARROW_SCHEMA_KEY, String(ARROW_SCHEMA_VERSION)],
      [ARROW_CAPTURE_KEY, JSON.stringify(capture.rest.info)],
    ]),
    texts: (column) => listTexts(capture, column as ColumnName),
    batches: () => readRows(capture),
  };
}

async function* readRows(capture: SurveyedSource): AsyncGenerator<readonly Row[]> {
  const { tables, rest } = capture;
  const order = new RecordOrder(tables.tasks, rest.losses);
  const rows = new RowMaker(tables);
  yield* batchRows(
    rest.attachments.map(({ name, text }) => toRow({ type: 'attachment', label: name, text })),
  );
  for await (const events of capture.batches()) {
    yield* batchRows(rows.fromRecords(order.next(events, (i) => rows.fromEvent(events, i))));
  }
  yield* batchRows(rows.fromRecords(order.end()));
}

/** Makes rows in time order, and knows what each task is called by then. */
class RowMaker {
  readonly #tables: TraceTables;
  readonly #names = new Map<number, Pick<TaskRow, 'pid' | 'comm'>>();
  readonly #stacks = new Map<number, string>();

  constructor(tables: TraceTables) {
    this.#tables = tables;
  }

  *fromRecords(records: Iterable<TraceRecord | Row>): Generator<Row> {
    for (const record of records) {
      yield isRow(record) ? record : this.#fromRecord(record);
    }
  }

  fromEvent(events: EventColumns, i: number): Row {
    const { resources } = this.#tables;
    const tid = events.tid[i]!;
    const resource = events.resource[i]!;
    const task = this.#names.get(tid);
    const isNamed = resource !== NONE;
    return toRow({
      type: EVENT_TYPES[events.type[i]!],
      ts: events.tsNs[i],
      tid: present(tid, NO_TID),
      pid: task?.pid,
      comm: task?.comm,
      kind: isNamed ? resources.kind(resource) : undefined,
      res: isNamed ? resources.id(resource) : undefined,
      label: isNamed ? resources.label(resource) : undefined,
      mode: MODES[events.mode[i]!],
      stack: this.#stackText(events.stack[i]!),
      holder: present(events.holderTid[i]!, NO_TID),
      evidence: EVIDENCES[events.evidence[i]!],
      fn: ALLOC_FUNCTIONS[events.fn[i]!],
      size: present(events.sizeBytes[i]!, NONE),
      gfp: present(events.gfp[i]!, NONE),
    });
  }

  #fromRecord({ type, ts, tid, pid, comm, count, reason }: TraceRecord): Row {
    if (tid !== undefined) {
      this.#names.set(tid, { pid, comm });
    }
    return toRow({ type, ts, tid, pid, comm, count, reason });
  }

  #stackText(stack: number): string | undefined {
    let text = this.#stacks.get(stack);
    if (text === undefined && stack !== NONE) {
      text = joinFrames(this.#tables.stacks.get(stack));
      this.#stacks.set(stack, text);
    }
    return text;
  }
}

function toRow(cells: Partial<Record<ColumnName, Cell>>): Row {
  return COLUMNS.map(({ name }) => cells[name]);
}

function isRow(record: TraceRecord | Row): record is Row {
  return Array.isArray(record);
}

function present(value: number, missing: number): number | undefined {
  return value === missing ? undefined : value;
}

function* listTexts({ tables, rest }: SurveyedSource, column: ColumnName): Generator<string> {
  const { resources, stacks, tasks } = tables;
  switch (column) {
    case 'type':
      yield* [...EVENT_TYPES, 'task', 'loss', 'attachment'];
      return;
    case 'mode':
      yield* MODES;
      return;
    case 'evidence':
      yield* EVIDENCES;
      return;
    case 'fn':
      yield* ALLOC_FUNCTIONS;
      return;
    case 'reason':
      yield* rest.losses.map(({ reason }) => reason);
      return;
    case 'comm':
      yield* tasks.rows().flatMap(({ comm }) => comm ?? []);
      return;
    case 'stack':
      for (let i = 0; i < stacks.size; i++) {
        yield joinFrames(stacks.get(i));
      }
      return;
  }
  for (const { name } of column === 'label' ? rest.attachments : []) {
    yield name;
  }
  for (let i = 0; i < resources.size; i++) {
    const text =
      column === 'kind' ? resources.kind(i) : column === 'res' ? resources.id(i) : resources.label(i);
    yield* text === undefined ? [] : [text];
  }
}
