// Writes the rows of an inventory into a local file as gzipped CSV (Parquet: parquet-file.ts), and names the columns of both in the
// manifest. Memory is bounded by one page of rows.
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { uriEncode } from '@cess/signature-v4';
import type { Cell, CellType, InventoryColumn, InventoryRow } from './inventory-columns.js';

export type Pages = AsyncIterable<readonly InventoryRow[]>;

/** All values are quoted; keys are URL-encoded, as Amazon's are. */
export async function writeCsv(
  path: string,
  columns: readonly InventoryColumn[],
  pages: Pages,
  signal: AbortSignal,
): Promise<void> {
  async function* texts(): AsyncGenerator<string> {
    for await (const page of pages)
      yield page.map((row) => `${columns.map((column) => csvCell(column, column.value(row))).join(',')}\n`).join('');
  }
  await pipeline(Readable.from(texts()), createGzip(), createWriteStream(path), { signal });
}

/** Columns, by their names in Parquet files, in which every row has a value. */
export const required: readonly string[] = ['bucket', 'key'];

/** The schema of a report as its manifest names it. */
export function schemaText(columns: readonly InventoryColumn[], format: 'CSV' | 'Parquet'): string {
  if (format === 'CSV') return columns.map(({ name }) => name).join(', ');
  const types: Readonly<Record<CellType, readonly [string, string]>> = {
    STRING: ['binary', ' (UTF8)'],
    BOOLEAN: ['boolean', ''],
    INT64: ['int64', ''],
    TIMESTAMP: ['int64', ' (TIMESTAMP_MILLIS)'],
  };
  const fields = columns.map(({ parquetName, type }) => {
    const [kind, annotation] = types[type];
    const repetition = required.includes(parquetName) ? 'required' : 'optional';
    return `  ${repetition} ${kind} ${parquetName}${annotation};`;
  });
  return `message s3.inventory {${fields.join('')}}`;
}

function csvCell({ name, type }: InventoryColumn, value: Cell): string {
  if (value === undefined) return '""';
  if (type === 'TIMESTAMP') return `"${new Date(Number(value)).toISOString()}"`;
  const text = name === 'Key' ? String(value).split('/').map(uriEncode).join('/') : String(value);
  return `"${text.replaceAll('"', '""')}"`;
}
