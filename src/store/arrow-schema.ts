import { Dictionary, Field, Int8, Int32, Int64, Schema, Utf8 } from 'apache-arrow';
import { ALLOC_FUNCTIONS, type CaptureInfo, EVENT_TYPES, EVIDENCES, MODES } from '../trace/index.ts';
import { ARROW_CAPTURE_KEY, ARROW_SCHEMA_KEY } from './formats.ts';

/** Value of the schema's `holdwait.schema`. Readers accept this and older; see src/trace/FORMAT.md. */
export const ARROW_SCHEMA_VERSION = 1;

/** What the type column may say: events first, so that an event's code is its place here. */
export const ROW_TYPES = [...EVENT_TYPES, 'task', 'loss', 'attachment', 'capture'] as const;

/** Columns whose words are known beforehand: one byte a row. */
export const WORD_COLUMNS = {
  type: ROW_TYPES,
  mode: MODES,
  evidence: EVIDENCES,
  fn: ALLOC_FUNCTIONS,
} as const;
export type WordColumn = keyof typeof WORD_COLUMNS;

/** Columns of interned text: four bytes a row. */
export const TEXT_COLUMNS = ['kind', 'res', 'label', 'stack', 'comm', 'reason'] as const;
export type TextColumn = (typeof TEXT_COLUMNS)[number];

const INT32_COLUMNS = ['tid', 'pid', 'holder'] as const;
const INT64_COLUMNS = ['ts', 'size', 'gfp', 'count'] as const;
export const NUMBER_COLUMNS = [...INT32_COLUMNS, ...INT64_COLUMNS] as const;
/** `text`, the content of an attachment or of the last capture row, is not worth a dictionary. */
export type NumberColumn = (typeof INT32_COLUMNS)[number] | (typeof INT64_COLUMNS)[number];
export type ColumnName = WordColumn | TextColumn | NumberColumn | 'text';
/** Columns that are text to a reader. */
export type ReadTextColumn = Exclude<ColumnName, NumberColumn>;
export const READ_TEXT_COLUMNS: readonly ReadTextColumn[] = [
  ...(Object.keys(WORD_COLUMNS) as WordColumn[]),
  ...TEXT_COLUMNS,
  'text',
];

/** Whether a column of a file means anything to us. */
export function isReadColumn(name: string): boolean {
  return (COLUMN_ORDER as readonly string[]).includes(name);
}

const COLUMN_ORDER: readonly ColumnName[] = [
  'type',
  'ts',
  'tid',
  'pid',
  'comm',
  'kind',
  'res',
  'label',
  'mode',
  'stack',
  'holder',
  'evidence',
  'fn',
  'size',
  'gfp',
  'count',
  'reason',
  'text',
];

/** The schema of a capture that has just begun. Every column may be null. */
export function createArrowSchema(info: CaptureInfo): Schema {
  const fields = COLUMN_ORDER.map((name, id) => new Field(name, columnType(name, id), true));
  const metadata = new Map([
    [ARROW_SCHEMA_KEY, String(ARROW_SCHEMA_VERSION)],
    [ARROW_CAPTURE_KEY, JSON.stringify(info)],
  ]);
  return new Schema(fields, metadata);
}

function columnType(name: ColumnName, dictionaryId: number) {
  if (name in WORD_COLUMNS) {
    return new Dictionary(new Utf8(), new Int8(), dictionaryId);
  }
  if ((TEXT_COLUMNS as readonly string[]).includes(name)) {
    return new Dictionary(new Utf8(), new Int32(), dictionaryId);
  }
  if ((INT32_COLUMNS as readonly string[]).includes(name)) {
    return new Int32();
  }
  return name === 'text' ? new Utf8() : new Int64();
}

/** Frames as one text, innermost first, `;` between them; `\` before a `;` or `\` that belongs to a frame. */
export function joinFrames(frames: readonly string[]): string {
  return frames.map((frame) => frame.replace(/[\\;]/g, '\\$&')).join(';');
}

export function splitFrames(text: string): string[] {
  if (!text.includes('\\')) {
    return text.split(';');
  }
  return Array.from(`${text};`.matchAll(/((?:[^\\;]|\\[\s\S])*);/g), ([, frame]) =>
    frame!.replace(/\\([\s\S])/g, '$1'),
  );
}
