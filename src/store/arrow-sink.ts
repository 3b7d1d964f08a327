import { closeSync, openSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type Dictionary, makeData, RecordBatch, type Schema, Struct } from 'apache-arrow';
import {
  type CaptureInfo,
  fileError,
  NO_TID,
  NONE,
  type TraceBatch,
  type TraceBuilder,
  type TraceSink,
} from '../trace/index.ts';
import { DeltaWriter, makeColumn, withDictionary } from './arrow-columns.ts';
import { ArrowRows, type RowColumns } from './arrow-rows.ts';
import { createArrowSchema } from './arrow-schema.ts';
import { CollectingQueue } from './collecting-queue.ts';
import { isCaptureHead } from './formats.ts';
import { prepareOutput, type SinkOptions } from './output-file.ts';

/**
 * A capture as an Arrow IPC stream, to a file or any stream of bytes. write() has handed its batch to the operating
 * system when it returns (to a Writable: has queued it). What is known only at the end comes as a last row of type
 * `capture`.
 *
 * @throws HoldwaitError (usage) OUTPUT_EXISTS, OUTPUT_NOT_A_CAPTURE; (input) FILE_*, also from write() and close()
 */
export function openArrowSink(
  to: string | Writable,
  info: CaptureInfo,
  options: SinkOptions = {},
): TraceSink {
  const output = typeof to === 'string' ? openFile(to, options) : openStream(to);
  const schema = createArrowSchema(info);
  const stream = new ArrowStream(schema, output);
  const rows = new ArrowRows();
  return {
    write: (batch: TraceBatch, builder: TraceBuilder) => {
      rows.grow(batch, builder);
      stream.write(rows.notes(batch), rows);
      stream.write(rows.events(batch.events), rows);
    },
    close: async (last) => {
      stream.write(rows.capture(last), rows);
      stream.end();
      await output.close();
    },
  };
}

interface Output {
  write(bytes: Uint8Array): void;
  close(): Promise<void>;
}

function openFile(path: string, options: SinkOptions): Output {
  prepareOutput(path, options, isCaptureHead);
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw fileError(path, error);
    }
  };
  const fd = guard(() => openSync(path, 'wx'));
  return {
    write: (bytes) => guard(() => writeAll(fd, bytes)),
    close: async () => guard(() => closeSync(fd)),
  };
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done);
  }
}

function openStream(to: Writable): Output {
  let failure: unknown;
  to.once('error', (error) => {
    failure = fileError('the output', error);
  });
  return {
    write: (bytes) => {
      if (failure !== undefined) {
        throw failure;
      }
      to.write(bytes);
    },
    close: async () => {
      to.end();
      await finished(to, { readable: false }).catch((error) =>
        Promise.reject(fileError('the output', error)),
      );
    },
  };
}

/** Arrow's writer with its queue taken at once instead of read asynchronously. */
class ArrowStream {
  readonly #schema: Schema;
  readonly #queue = new CollectingQueue();
  readonly #writer = new DeltaWriter();
  readonly #output: Output;

  constructor(schema: Schema, output: Output) {
    this.#schema = schema;
    this.#output = output;
    this.#writer.reset(this.#queue, schema);
    this.#flush();
  }

  write(columns: RowColumns, rows: ArrowRows): void {
    if (columns.length > 0) {
      this.#writer.write(this.#makeBatch(columns, rows));
      this.#flush();
    }
  }

  end(): void {
    this.#writer.close();
    this.#flush();
  }

  #makeBatch({ length, values }: RowColumns, rows: ArrowRows): RecordBatch {
    const children = this.#schema.fields.map(({ name, type }) => {
      const dictionary = rows.dictionary(name);
      const stored = dictionary === undefined ? type : (type as Dictionary).indices;
      const missing = name === 'tid' || name === 'pid' || name === 'holder' ? NO_TID : NONE;
      const column = makeColumn(stored, values[name], length, missing);
      return dictionary === undefined ? column : withDictionary(column, type as Dictionary, dictionary);
    });
    const type = new Struct(this.#schema.fields);
    return new RecordBatch(this.#schema, makeData({ type, length, nullCount: 0, children }));
  }

  #flush(): void {
    const bytes = this.#queue.take();
    if (bytes.length > 0) {
      this.#output.write(bytes);
    }
  }
}
