// Reads a range of a table page by page. Memory is bounded by one page, and no snapshot of the store stays open while the
// caller does other work between two entries. Entries that change meanwhile are seen in one of their states.
import { concatBytes } from '@cess/primitives';
import type { Kv, KvEntry, KvRange } from '@cess/store';
import type { IndexBackend } from './index-backend.js';
import type { PageRange, Portions } from './index-view.js';

const defaultPageEntries = 1000;

export function* entriesInPages(
  kv: Kv,
  range: Pick<KvRange, 'gte' | 'lt'>,
  pageEntries = defaultPageEntries,
): IterableIterator<KvEntry> {
  let page: readonly KvEntry[];
  let from = range;
  do {
    page = [...kv.entries({ ...from, limit: pageEntries })];
    yield* page;
    const [last] = page.at(-1) ?? [];
    // The smallest key behind the last one.
    if (last !== undefined) from = { ...from, gte: concatBytes(last, new Uint8Array(1)) };
  } while (page.length === pageEntries);
}

/** One page of a table. */
export function pageOf(backend: IndexBackend, range: PageRange): Promise<readonly KvEntry[]> {
  return backend.read(function* (view): Portions<readonly KvEntry[]> {
    return yield* view.page(range);
  });
}

/** The same over a backend; every page is a read of its own. */
export async function* backendPages(
  backend: IndexBackend,
  range: Pick<KvRange, 'gte' | 'lt'>,
  pageEntries = defaultPageEntries,
): AsyncGenerator<readonly KvEntry[]> {
  let page: readonly KvEntry[];
  let from = range;
  do {
    page = await pageOf(backend, { ...from, limit: pageEntries });
    yield page;
    const [last] = page.at(-1) ?? [];
    if (last !== undefined) from = { ...from, gte: concatBytes(last, new Uint8Array(1)) };
  } while (page.length === pageEntries);
}
