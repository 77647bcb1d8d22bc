// Listings in S3's order (UTF-8 byte order) with prefix, delimiter and resumption. Groups under a common prefix are
// skipped by one seek each, so a page costs its entries, not the objects under its prefixes.
import { compareBytes, concatBytes, prefixEnd, utf8 } from '@cess/primitives';
import { entryCursor } from './entry-cursor.js';
import type { Portions, ReadView } from './index-view.js';

export interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only names greater than this one (a name or a common prefix of the page before). */
  readonly after?: string | undefined;
  /** Resumes at this key of the table instead, where a name alone does not tell (several uploads of one key). */
  readonly from?: Uint8Array | undefined;
  readonly limit: number;
}

export type ListItem<T> =
  | { readonly type: 'entry'; readonly name: string; readonly value: T }
  | { readonly type: 'prefix'; readonly name: string };

export interface ListPage<T> {
  readonly items: readonly ListItem<T>[];
  readonly truncated: boolean;
}

export interface ListTable<T> {
  /** Prefix of the table's keys before the name. */
  readonly base: Uint8Array;
  readonly nameOf: (key: Uint8Array) => string;
  readonly decode: (value: Uint8Array, key: Uint8Array) => T;
}

/** One page of a table. */
export function* listTable<T>(view: ReadView, table: ListTable<T>, request: ListRequest): Portions<ListPage<T>> {
  const { prefix, delimiter, after, limit } = request;
  const items: ListItem<T>[] = [];
  const start = concatBytes(table.base, utf8(prefix));
  const end = prefixEnd(start);
  const resumed = request.from ?? (after === undefined ? start : afterName(table.base, after, prefix, delimiter));
  const entries = entryCursor(view, { gte: laterOf(start, resumed), lt: end, expected: limit + 1, delimiter });
  for (;;) {
    const entry = yield* entries.next();
    if (entry === undefined) return { items, truncated: false };
    if (items.length >= limit) return { items, truncated: true };
    const [key, value] = entry;
    const name = table.nameOf(key);
    const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    if (cut < 0) {
      items.push({ type: 'entry', name, value: table.decode(value, key) });
      continue;
    }
    const common = name.slice(0, cut + delimiter.length);
    items.push({ type: 'prefix', name: common });
    entries.seek(prefixEnd(concatBytes(table.base, utf8(common))));
  }
}

/** First key after a name; after a common prefix, the first key after all that it covers. */
function afterName(base: Uint8Array, after: string, prefix: string, delimiter: string): Uint8Array {
  const key = concatBytes(base, utf8(after));
  if (delimiter !== '' && after.startsWith(prefix)) {
    const cut = after.indexOf(delimiter, prefix.length);
    if (cut >= 0) {
      const end = prefixEnd(concatBytes(base, utf8(after.slice(0, cut + delimiter.length))));
      if (end !== undefined) return end;
    }
  }
  return concatBytes(key, new Uint8Array([0]));
}

function laterOf(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b;
}
