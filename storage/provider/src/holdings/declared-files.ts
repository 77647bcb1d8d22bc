// Maps files to held fragments, so that a deletion on chain finds its fragments at once, and applies the events of the chain
// to them. Attested fragments are remembered until the chain declares their file, and the file id is then stored with them.
// Upkeep finds entries that a restart or the limit dropped, by their order id.
import type { FragmentPlace } from '@cess/client';
import type { FragmentId, FragmentStore } from '@cess/fragment-store';
import { toHex } from '@cess/primitives';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { FileFragment } from './place.js';

const maxAttested = 200_000;
const changesAtOnce = 64;

/** Called when this provider starts or stops holding a fragment of a declared file. */
export interface DeclaredListener {
  added(place: FragmentPlace): void;
  removed(place: FragmentPlace): void;
}

export class DeclaredFiles {
  readonly #declared = new Map<string, FragmentId[]>();
  readonly #attested = new Map<string, FragmentId[]>();
  readonly #listeners: DeclaredListener[] = [];
  #attestedCount = 0;

  constructor(
    private readonly store: FragmentStore,
    /** Index of this provider; undefined before registration. */
    private readonly ownIndex: () => number | undefined = () => undefined,
  ) {
    for (const held of store.fragments()) if (held.fileId !== undefined) this.#add(held.fileId, held);
  }

  /** Adds a listener for later changes. */
  listen(listener: DeclaredListener): void {
    this.#listeners.push(listener);
  }

  /** Hex ids of the files with held fragments. */
  fileIds(): string[] {
    return [...this.#declared.keys()];
  }

  fragmentsOf(fileIdHex: string): readonly FragmentId[] {
    return this.#declared.get(fileIdHex) ?? [];
  }

  /** The held fragment at this place of a file. */
  at({ fileId, segment, fragment }: FragmentPlace): FileFragment | undefined {
    const id = this.fragmentsOf(toHex(fileId)).find((one) => one.segment === segment && one.fragment === fragment);
    const held = id === undefined ? undefined : this.store.get(id);
    return held?.fileId === undefined ? undefined : { ...held, fileId: held.fileId };
  }

  /** All held fragments of declared files. Changes during the iteration are safe. */
  *all(): IterableIterator<FileFragment> {
    for (const held of this.store.fragments()) {
      if (held.fileId !== undefined) yield { ...held, fileId: held.fileId };
    }
  }

  /** Remembers attested fragments of files whose declaration is in progress. */
  attested(entries: readonly { readonly fileId: Uint8Array; readonly id: FragmentId }[]): void {
    for (const { fileId, id } of entries) {
      const key = toHex(fileId);
      const known = this.#attested.get(key) ?? [];
      if (known.some((other) => sameFragment(other, id))) continue;
      known.push(id);
      this.#attested.set(key, known);
      this.#attestedCount++;
    }
    for (const [oldest, ids] of this.#attested) {
      if (this.#attestedCount <= maxAttested) break;
      this.#attested.delete(oldest);
      this.#attestedCount -= ids.length;
    }
  }

  /** Applies the events of one finalized block. Idempotent. */
  async apply(events: readonly ProviderEvent[]): Promise<void> {
    for (const event of events) {
      if (event.type === 'declared') for (const fileId of event.fileIds) await this.#confirm(fileId);
      else if (event.type === 'placed' || event.type === 'restored') await this.#placed(event);
      else if (event.type === 'deleted') await this.deleteFile(event.fileId);
    }
  }

  /** Records that a held fragment belongs to a declared file. */
  async setFile(id: FragmentId, fileId: Uint8Array): Promise<void> {
    if (!(await this.store.update({ id, fileId }))) return;
    this.#add(fileId, id);
    for (const listener of this.#listeners) listener.added({ ...id, fileId });
  }

  /** Removes all fragments of a file that the chain has deleted. */
  async deleteFile(fileId: Uint8Array): Promise<void> {
    const key = toHex(fileId);
    const ids = [...(this.#declared.get(key) ?? [])];
    await inGroups(ids, (id) => this.store.delete(id));
    this.#declared.delete(key);
    for (const id of ids) this.#tellRemoved({ ...id, fileId });
  }

  /** Removes one fragment, declared or not. */
  async deleteFragment(id: FragmentId, fileId: Uint8Array | undefined): Promise<void> {
    await this.store.delete(id);
    if (fileId === undefined) return;
    const key = toHex(fileId);
    const rest = this.fragmentsOf(key).filter((other) => !sameFragment(other, id));
    if (rest.length === 0) this.#declared.delete(key);
    else this.#declared.set(key, rest);
    this.#tellRemoved({ ...id, fileId });
  }

  /** The chain has a new holder for the place. If it is another provider, the held fragment is removed. */
  async #placed({ provider, ...place }: FragmentPlace & { readonly provider: number }): Promise<void> {
    const own = this.ownIndex();
    if (own === undefined || provider === own) return this.#confirm(place.fileId);
    const held = this.at(place);
    if (held !== undefined) await this.deleteFragment(held, held.fileId);
  }

  async #confirm(fileId: Uint8Array): Promise<void> {
    const key = toHex(fileId);
    const ids = this.#attested.get(key);
    if (ids === undefined) return;
    await inGroups(ids, (id) => this.setFile(id, fileId));
    this.#attested.delete(key);
    this.#attestedCount -= ids.length;
  }

  #add(fileId: Uint8Array, { orderId, segment, fragment, root }: FragmentId): void {
    const key = toHex(fileId);
    const ids = this.#declared.get(key) ?? [];
    const id = { orderId, segment, fragment, root };
    if (!ids.some((other) => sameFragment(other, id))) ids.push(id);
    this.#declared.set(key, ids);
  }

  #tellRemoved(place: FragmentPlace): void {
    for (const listener of this.#listeners) listener.removed(place);
  }
}

async function inGroups(ids: readonly FragmentId[], work: (id: FragmentId) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < ids.length; at += changesAtOnce) {
    await Promise.all(ids.slice(at, at + changesAtOnce).map(work));
  }
}

function sameFragment(a: FragmentId, b: FragmentId): boolean {
  return (
    a.segment === b.segment &&
    a.fragment === b.fragment &&
    toHex(a.root) === toHex(b.root) &&
    toHex(a.orderId) === toHex(b.orderId)
  );
}
