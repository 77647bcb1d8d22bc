// A view of the index with the changes of the transactions before and of the running one on top.
import { compareBytes, elementAt, toHex } from '@cess/primitives';
import type { Kv, KvEntry, KvOperation } from '@cess/store';
import { answered, type IndexView, type PageRange, type Read, type ReadView } from './index-view.js';

/** Without a value, a deletion. */
export interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** By key in hexadecimal digits. */
export type Changes = Map<string, Change>;

abstract class OverlayView implements IndexView {
  constructor(
    protected readonly earlier: ReadonlyMap<string, Change>,
    protected readonly own: Changes,
  ) {}

  abstract get(key: Uint8Array): Read<Uint8Array | undefined>;
  abstract page(range: PageRange): Read<readonly KvEntry[]>;

  put(key: Uint8Array, value: Uint8Array): void {
    this.own.set(toHex(key), { key, value });
  }

  delete(key: Uint8Array): void {
    this.own.set(toHex(key), { key, value: undefined });
  }

  protected changeOf(key: Uint8Array): Change | undefined {
    const name = toHex(key);
    return this.own.get(name) ?? this.earlier.get(name);
  }

  /** Changes in the range, in the order of keys. */
  protected changesIn(range: Omit<PageRange, 'limit'>): Change[] {
    return [...new Map([...this.earlier, ...this.own]).values()]
      .filter(({ key }) => inRange(key, range))
      .sort((a, b) => compareBytes(a.key, b.key));
  }
}

/** Over a store of this process, which answers at once. */
export class StoreOverlay extends OverlayView {
  constructor(
    private readonly kv: Kv,
    earlier: ReadonlyMap<string, Change>,
    own: Changes,
  ) {
    super(earlier, own);
  }

  get(key: Uint8Array): Read<Uint8Array | undefined> {
    const change = this.changeOf(key);
    return answered(change === undefined ? this.kv.get(key) : change.value);
  }

  page({ limit, ...range }: PageRange): Read<readonly KvEntry[]> {
    return answered([...overlaid(this.kv.entries(range), this.changesIn(range), limit)]);
  }
}

/** Over a view that may pause. */
export class ViewOverlay extends OverlayView {
  constructor(
    private readonly base: ReadView,
    earlier: ReadonlyMap<string, Change>,
    own: Changes,
  ) {
    super(earlier, own);
  }

  get(key: Uint8Array): Read<Uint8Array | undefined> {
    const change = this.changeOf(key);
    return change === undefined ? this.base.get(key) : answered(change.value);
  }

  page({ limit, ...range }: PageRange): Read<readonly KvEntry[]> {
    const changed = this.changesIn(range);
    // As many entries as changes may hide, so that no entry behind the page is missed.
    return merged(this.base.page({ ...range, limit: limit + changed.length }), changed, limit);
  }
}

function* merged(
  read: Read<readonly KvEntry[]>,
  changed: readonly Change[],
  limit: number,
): Generator<undefined, readonly KvEntry[], undefined> {
  return [...overlaid(yield* read, changed, limit)];
}

export function toOperation({ key, value }: Change): KvOperation {
  return value === undefined ? { type: 'delete', key } : { type: 'put', key, value };
}

/** The first `limit` entries of the range as the changes leave it. */
function* overlaid(entries: Iterable<KvEntry>, changed: readonly Change[], limit: number): IterableIterator<KvEntry> {
  let next = 0;
  let left = limit;
  for (const [key, value] of entries) {
    while (next < changed.length && compareBytes(elementAt(changed, next).key, key) < 0) {
      const change = elementAt(changed, next++);
      if (change.value !== undefined && left-- > 0) yield [change.key, change.value];
    }
    if (left <= 0) return;
    const change = changed[next];
    if (change !== undefined && compareBytes(change.key, key) === 0) {
      next++;
      if (change.value !== undefined && left-- > 0) yield [key, change.value];
    } else if (left-- > 0) yield [key, value];
    if (left <= 0) return;
  }
  for (; next < changed.length && left > 0; next++) {
    const change = elementAt(changed, next);
    if (change.value === undefined) continue;
    left--;
    yield [change.key, change.value];
  }
}

function inRange(key: Uint8Array, { gte, lt }: Omit<PageRange, 'limit'>): boolean {
  return (gte === undefined || compareBytes(key, gte) >= 0) && (lt === undefined || compareBytes(key, lt) < 0);
}
