// Writes the rows of an inventory into a local Parquet file. A thread encodes and compresses them: a row group, or the footer, would hold
// up the event loop. Each file has a thread of its own. Memory is bounded by one row group.
import { CessError, type Logger, messageOf, type Timers } from '@cess/primitives';
import { openThread, WorkerCall } from '@cess/workers';
import type { InventoryColumn } from './inventory-columns.js';
import type { ParquetCalls } from './parquet-thread.js';
import { type Pages, required } from './report-files.js';

/** Rows that go to the thread at a time: copying them takes milliseconds. */
const rowsPerCall = 250;

export interface ParquetTarget {
  readonly path: string;
  readonly columns: readonly InventoryColumn[];
  readonly timers: Timers;
  readonly logger: Logger;
}

/** Throws the codes of `mapStorageError`, and `INVENTORY_THREAD_ENDED`. */
export async function writeParquet(
  { path, columns, timers, logger }: ParquetTarget,
  pages: Pages,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL('./parquet-thread.js', import.meta.url);
  const thread = new WorkerCall<ParquetCalls>({
    name: 'parquet',
    open: () => openThread({ name: 'parquet', url }),
    maxPending: 1,
    busy: () => ended('it is busy'),
    gone: (reason) => ended(reason?.error === undefined ? 'it was stopped' : messageOf(reason.error)),
    restarts: false,
    timers,
    logger,
  });
  try {
    const schema = columns.map(({ parquetName, type }) => ({
      name: parquetName,
      type,
      isRequired: required.includes(parquetName),
    }));
    await thread.call('open', [path, schema], { signal });
    for await (const page of pages) {
      for (let at = 0; at < page.length; at += rowsPerCall) {
        const rows = page.slice(at, at + rowsPerCall);
        const cells = columns.map(({ value }) => rows.map(value));
        await thread.call('append', [cells], { signal });
      }
    }
    await thread.call('finish', [], { signal });
  } finally {
    await thread.stop();
  }
}

function ended(reason: string): CessError<'INVENTORY_THREAD_ENDED'> {
  const message = `The thread that writes an inventory ended: ${reason}. The inventory is written again.`;
  return new CessError('INVENTORY_THREAD_ENDED', message, {});
}
