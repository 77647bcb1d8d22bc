// Reads a range of a table entry by entry in a body, in pages. A listing without a delimiter reads a page as large as its answer. With
// a delimiter it often skips everything behind an entry, so that pages begin small after each seek and grow.
import { concatBytes } from '@cess/primitives';
import type { KvEntry } from '@cess/store';
import type { Portions, ReadView } from './index-view.js';

export interface EntryCursor {
  /** Undefined at the end. */
  next(): Portions<KvEntry | undefined>;
  /** Goes on at this key, which is behind the last entry; undefined: at the end. */
  seek(gte: Uint8Array | undefined): void;
}

interface CursorRange {
  /** None: the range is empty. */
  readonly gte: Uint8Array | undefined;
  readonly lt: Uint8Array | undefined;
  /** Entries that the caller reads unless it seeks. */
  readonly expected: number;
  readonly delimiter: string;
}

const leastPage = 4;
const mostPage = 1_001;
const growth = 4;

export function entryCursor(view: ReadView, { gte, lt, expected, delimiter }: CursorRange): EntryCursor {
  let from = gte;
  let page: readonly KvEntry[] = [];
  let at = 0;
  let size = delimiter === '' ? Math.min(expected, mostPage) : leastPage;
  return {
    *next(): Portions<KvEntry | undefined> {
      if (at === page.length && from !== undefined) {
        page = yield* view.page({ gte: from, limit: size, ...(lt === undefined ? {} : { lt }) });
        at = 0;
        const [last] = page.at(-1) ?? [];
        from = last === undefined || page.length < size ? undefined : concatBytes(last, new Uint8Array(1));
        size = Math.min(size * growth, mostPage);
      }
      return page[at++];
    },
    seek(to: Uint8Array | undefined): void {
      // What was read already may hold the place.
      while (to !== undefined && at < page.length && Buffer.compare(page[at]?.[0] ?? to, to) < 0) at++;
      if (to !== undefined && at < page.length) return;
      from = to !== undefined && from !== undefined && Buffer.compare(from, to) < 0 ? to : to && from;
      page = [];
      at = 0;
      size = leastPage;
    },
  };
}
