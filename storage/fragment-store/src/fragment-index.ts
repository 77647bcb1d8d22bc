// The in-memory index of held fragments by place and by root, about 0.5 KiB each. It is rebuilt from the log at open.
import { equalBytes, toHex } from '@cess/primitives';
import type { LogLocation } from './log-record.js';
import type { FragmentId, StoredFragment } from './types.js';

/** A held fragment and the location of its record. `isInline`: the record ends with its bytes. */
export interface Holding extends StoredFragment {
  readonly isInline: boolean;
  readonly location: LogLocation;
}

export class FragmentIndex {
  readonly #byPlace = new Map<string, Holding[]>();
  readonly #byRoot = new Map<string, Holding[]>();
  #count = 0;
  #fileBytes = 0;
  readonly #liveBytes = new Map<number, number>();

  get count(): number {
    return this.#count;
  }

  /** Bytes of fragment files. Each root counts once. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** Bytes of live records in one log. */
  liveBytesOf(log: number): number {
    return this.#liveBytes.get(log) ?? 0;
  }

  /** Bytes of live records in all logs. */
  get liveBytes(): number {
    let sum = 0;
    for (const bytes of this.#liveBytes.values()) sum += bytes;
    return sum;
  }

  get(id: FragmentId): Holding | undefined {
    return this.#byPlace.get(placeKey(id))?.find((holding) => equalBytes(holding.root, id.root));
  }

  atPlace(place: Omit<FragmentId, 'root'>): readonly Holding[] {
    return this.#byPlace.get(placeKey(place)) ?? [];
  }

  withRoot(root: Uint8Array): readonly Holding[] {
    return this.#byRoot.get(toHex(root)) ?? [];
  }

  hasFile(root: Uint8Array): boolean {
    return this.withRoot(root).some((holding) => !holding.isInline);
  }

  /** Adds a holding, or replaces the one with the same id. */
  set(holding: Holding): void {
    this.remove(holding);
    if (!holding.isInline && !this.hasFile(holding.root)) this.#fileBytes += holding.length;
    push(this.#byPlace, placeKey(holding), holding);
    push(this.#byRoot, toHex(holding.root), holding);
    this.#count++;
    this.#addLive(holding.location, 1);
  }

  remove(id: FragmentId): void {
    const holding = this.get(id);
    if (holding === undefined) return;
    pull(this.#byPlace, placeKey(holding), holding);
    pull(this.#byRoot, toHex(holding.root), holding);
    if (!holding.isInline && !this.hasFile(holding.root)) this.#fileBytes -= holding.length;
    this.#count--;
    this.#addLive(holding.location, -1);
  }

  *all(): IterableIterator<Holding> {
    for (const holdings of this.#byPlace.values()) yield* holdings;
  }

  #addLive({ log, size }: LogLocation, sign: 1 | -1): void {
    const bytes = this.liveBytesOf(log) + sign * size;
    if (bytes === 0) this.#liveBytes.delete(log);
    else this.#liveBytes.set(log, bytes);
  }
}

function placeKey({ orderId, segment, fragment }: Omit<FragmentId, 'root'>): string {
  return `${toHex(orderId)}/${segment}/${fragment}`;
}

function push(map: Map<string, Holding[]>, key: string, holding: Holding): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [holding]);
  else list.push(holding);
}

function pull(map: Map<string, Holding[]>, key: string, holding: Holding): void {
  const list = map.get(key)?.filter((other) => other !== holding) ?? [];
  if (list.length === 0) map.delete(key);
  else map.set(key, list);
}
