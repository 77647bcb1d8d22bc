// Entry of the thread that writes one Parquet file.
import '../errors.js';
import { InvariantError } from '@cess/primitives';
import { mapStorageError } from '@cess/store';
import { serveThread } from '@cess/workers';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell, CellType } from './inventory-columns.js';

interface ParquetColumn {
  readonly name: string;
  readonly type: CellType;
  readonly isRequired: boolean;
}

/** The calls of the thread: `open` first, `finish` last. */
export interface ParquetCalls {
  readonly open: {
    readonly args: readonly [path: string, columns: readonly ParquetColumn[]];
    readonly result: undefined;
  };
  /** Cells by column. A time is in milliseconds. */
  readonly append: { readonly args: readonly [cells: readonly (readonly Cell[])[]]; readonly result: undefined };
  readonly finish: { readonly args: readonly []; readonly result: undefined };
}

const rowsPerGroup = 1_000;
const parquetTypes = {
  STRING: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  BOOLEAN: { type: 'BOOLEAN' },
  INT64: { type: 'INT64' },
  TIMESTAMP: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
} as const;

type ParquetCell = string | boolean | bigint | Date | undefined;

class ParquetFile {
  readonly #writer: ParquetWriter;
  /** Rows of the group that is not written yet, by column. */
  #group: readonly ParquetCell[][];

  constructor(
    readonly path: string,
    private readonly columns: readonly ParquetColumn[],
  ) {
    const schema = columns.map(({ name, type, isRequired }) => ({
      name,
      ...parquetTypes[type],
      repetition_type: isRequired ? ('REQUIRED' as const) : ('OPTIONAL' as const),
    }));
    this.#group = columns.map(() => []);
    this.#writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [{ name: 's3.inventory', num_children: columns.length }, ...schema],
      createdBy: 'cess',
    });
  }

  async append(cells: readonly (readonly Cell[])[]): Promise<void> {
    this.columns.forEach(({ type }, index) => {
      this.#group[index]?.push(...(cells[index] ?? []).map((cell) => parquetCell(type, cell)));
    });
    if ((this.#group[0]?.length ?? 0) >= rowsPerGroup) await this.#writeGroup();
  }

  async finish(): Promise<void> {
    await this.#writeGroup();
    await this.#writer.finish();
  }

  async #writeGroup(): Promise<void> {
    const rowGroupSize = this.#group[0]?.length ?? 0;
    if (rowGroupSize === 0) return;
    const columnData = this.columns.map(({ name }, index) => ({
      name,
      data: this.#group[index] ?? [],
      offsetIndex: false,
    }));
    this.#group = this.columns.map(() => []);
    await this.#writer.write({ columnData, rowGroupSize });
  }
}

let file: ParquetFile | undefined;

serveThread<ParquetCalls>({
  open: (path, columns) =>
    mapped(path, async () => {
      file = new ParquetFile(path, columns);
    }),
  append: (cells) => opened((one) => one.append(cells)),
  finish: () => opened((one) => one.finish()),
});

function opened(use: (one: ParquetFile) => Promise<void>): Promise<undefined> {
  if (file === undefined) throw new InvariantError('the file is open');
  const one = file;
  return mapped(one.path, () => use(one));
}

/** Throws the codes of `mapStorageError` for errors of the file system; all others are faults of the program. */
async function mapped(path: string, use: () => Promise<void>): Promise<undefined> {
  try {
    await use();
    return undefined;
  } catch (thrown) {
    throw thrown instanceof Error && 'syscall' in thrown ? mapStorageError(thrown, path) : thrown;
  }
}

function parquetCell(type: CellType, value: Cell): ParquetCell {
  if (typeof value !== 'number') return value;
  return type === 'TIMESTAMP' ? new Date(value) : BigInt(value);
}
