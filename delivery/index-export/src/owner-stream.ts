// The export of one owner's index (ADR 73): a snapshot in parts, then deltas. Every delta names the files that it builds on, so the newest
// file is the head of the whole. The state is written with the files that it names, in one transaction: a crash leaves a stream that
// goes on, and at worst parts of a snapshot that the next start releases.
import type { X25519Pair } from '@cess/crypto';
import type { ExportTable, NewPack } from '@cess/object-index';
import { equalBytes, toHex } from '@cess/primitives';
import { type ExportBody, type ExportEntry, encodeExportFile } from './export-file.js';
import { type ExportKey, newExportKey, openExportKeys, wrapExportKeys } from './export-keys.js';
import { bytesOfEntries, maxMergedBytes, mergedCount, mergeEntries, needsSnapshot } from './live-files.js';
import { type LiveFile, newStream, type StreamState, streamStateRecord } from './stream-state.js';

export interface OwnerStreamInit {
  readonly owner: Uint8Array;
  readonly genesis: Uint8Array;
  /** Account of the gateway. */
  readonly gateway: Uint8Array;
  /** Of the gateway, to which the export keys are wrapped. */
  readonly wrappingKey: X25519Pair;
  readonly table: Pick<ExportTable, 'stateOf' | 'advance'>;
  /** Stores a file at a durability quorum of providers. */
  readonly store: (content: Uint8Array, signal: AbortSignal) => Promise<NewPack>;
  readonly discard: (file: NewPack) => void;
  /** Entries of the owner, for a snapshot. */
  readonly scan: () => Iterator<ExportEntry>;
  /** Users, roles and policies of the owner's account: all of them. */
  readonly account: () => Promise<readonly ExportEntry[]>;
  readonly nowMs: () => number;
}

export interface Changes {
  readonly entries: readonly ExportEntry[];
  /** The journal is exported up to here, these entries included. */
  readonly through: number;
  readonly hasAccountChanged: boolean;
}

/** What a file has besides its base. */
type Content = Pick<ExportBody, 'entries' | 'account'>;

interface Snapshot {
  readonly entries: Iterator<ExportEntry>;
  readonly parts: LiveFile[];
  /** Files that were appended since the scan began. */
  readonly since: Set<string>;
  /** End of the journal when the scan had ended. */
  scannedTo: number | undefined;
}

/** Entries of recent deltas are kept so that they can be merged without reading them back. */
const maxCachedBytes = maxMergedBytes;
/** Time after which a scan lets the event loop run. */
const portionMs = 5;

export class OwnerStream {
  #state: StreamState;
  #keys: ExportKey[] = [];
  #snapshot: Snapshot | undefined;
  #through = 0;
  readonly #cache = new Map<string, Content>();

  constructor(private readonly init: OwnerStreamInit) {
    const known = init.table.stateOf(init.owner);
    this.#state = known === undefined ? newStream : streamStateRecord.decode(known);
    this.#keys = openExportKeys(this.#state.keys, init.wrappingKey);
  }

  get owner(): Uint8Array {
    return this.init.owner;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** The newest file, and its place in the export; undefined before the first. */
  get head(): { readonly fileId: Uint8Array; readonly number: number } | undefined {
    const newest = this.#state.live.at(-1);
    return newest === undefined ? undefined : { fileId: newest.fileId, number: this.#state.number };
  }

  /** The journal is exported up to here by this process; a retry begins behind it. */
  get through(): number {
    return this.#through;
  }

  /** Whether a snapshot is being made, or has to be. */
  get isBuilding(): boolean {
    return this.#snapshot !== undefined || this.#state.isIncomplete || needsSnapshot(this.#state.live);
  }

  /** Whether a head that covers the journal up to there makes the snapshot whole. */
  isClosable(through: number): boolean {
    const scannedTo = this.#snapshot?.scannedTo;
    return scannedTo !== undefined && through >= scannedTo;
  }

  /** Releases what an interrupted process left. `number`: that of the newest anchor on the chain. */
  async open(number: number): Promise<void> {
    const { building, superseded } = this.#state;
    if (building.length === 0 && this.#state.number >= number) return;
    const state = { building: [], superseded, number: Math.max(number, this.#state.number) };
    await this.#advance({ ...this.#state, ...state }, undefined, building);
  }

  /** Wraps the keys to these X25519 keys from the next file on. True if they are others than before. */
  async setRecipients(recipients: readonly Uint8Array[]): Promise<boolean> {
    const { recipients: known } = this.#state;
    const removed = known.filter((one) => !recipients.some((other) => equalBytes(one, other)));
    if (removed.length === 0 && known.length === recipients.length) return false;
    if (removed.length > 0 || this.#keys.length === 0) {
      this.#keys.push(newExportKey((this.#keys.at(-1)?.generation ?? 0) + 1));
    }
    const keys = wrapExportKeys(this.#keys, recipients);
    await this.#advance({ ...this.#state, keys, recipients: [...recipients] });
    return true;
  }

  /** Changes were lost or refused: the export is made anew. */
  async invalidate(released: readonly Uint8Array[] = []): Promise<void> {
    this.#snapshot = undefined;
    const isReleased = (id: Uint8Array) => released.some((other) => equalBytes(id, other));
    const live = this.#state.live.filter(({ fileId }) => !isReleased(fileId));
    const { building } = this.#state;
    const state = { ...this.#state, live, building: [], isIncomplete: true };
    await this.#advance(state, undefined, [...building, ...released]);
  }

  /** Stores what changed as deltas, the newest of which is the head. Without changes: a head for what else is new. */
  async append(changes: Changes, signal: AbortSignal): Promise<void> {
    const { through } = changes;
    const isClosing = this.isClosable(through);
    // Until the first snapshot is whole, its scan and the deltas from its start on say everything.
    if (this.#state.isIncomplete && this.#snapshot === undefined) {
      this.#through = through;
      return;
    }
    const lists = [...divided(changes.entries)];
    const last = lists.pop() ?? [];
    for (const entries of lists) await this.#appendFile({ entries, account: undefined }, false, signal);
    const account = isClosing || changes.hasAccountChanged ? [...(await this.init.account())] : undefined;
    await this.#appendFile({ entries: last, account }, isClosing, signal);
    this.#through = through;
  }

  /** Makes the next part of a snapshot. `journalEnd`: the last record of the journal now. True if there is more to do. */
  async buildNext(journalEnd: () => number, signal: AbortSignal): Promise<boolean> {
    this.#snapshot ??= { entries: this.init.scan(), parts: [], since: new Set(), scannedTo: undefined };
    const snapshot = this.#snapshot;
    if (snapshot.scannedTo !== undefined) return true;
    const { entries, isDone } = await collect(snapshot.entries);
    if (entries.length > 0) {
      const file = await this.#store({ entries, account: undefined }, { kind: 'snapshot', base: [] }, signal);
      const { building } = this.#state;
      await this.#advance({ ...this.#state, building: [...building, file.pack.packId] }, file.pack);
      snapshot.parts.push(file.live);
    }
    if (isDone) snapshot.scannedTo = journalEnd();
    return true;
  }

  /** The chain commits the gateway to the head: what it replaces is released. */
  async anchored(): Promise<void> {
    const { superseded } = this.#state;
    const used = new Set(this.#state.live.map(({ generation }) => generation));
    const newest = this.#keys.at(-1)?.generation;
    this.#keys = this.#keys.filter(({ generation }) => generation === newest || used.has(generation));
    const keys = this.#state.keys.filter(({ generation }) => this.#keys.some((key) => key.generation === generation));
    await this.#advance({ ...this.#state, keys, isAnchored: true, superseded: [] }, undefined, superseded);
  }

  async #appendFile(content: Content, isClosing: boolean, signal: AbortSignal): Promise<void> {
    const { live } = this.#state;
    const snapshot = this.#snapshot;
    const isCached = ({ fileId }: LiveFile) => this.#cache.has(toHex(fileId));
    const count = mergedCount(live, bytesOfEntries(content.entries), isCached);
    const merged = this.#merge([...live.slice(live.length - count)], content);
    const before = live.slice(0, live.length - count);
    const isKept = ({ fileId }: LiveFile) => !isClosing || (snapshot?.since.has(toHex(fileId)) ?? false);
    const parts = isClosing ? (snapshot?.parts ?? []) : [];
    const base = [...parts, ...before.filter(isKept)];
    const file = await this.#store(merged, { kind: 'delta', base: base.map(({ fileId }) => fileId) }, signal);
    const replaced = live.filter((one) => !base.includes(one)).map(({ fileId }) => fileId);
    await this.#advance(
      {
        ...this.#state,
        number: this.#state.number + 1,
        live: [...base, file.live],
        building: isClosing ? [] : this.#state.building,
        superseded: [...this.#state.superseded, ...replaced],
        isAnchored: false,
        isIncomplete: this.#state.isIncomplete && !isClosing,
      },
      file.pack,
    );
    if (isClosing) this.#snapshot = undefined;
    else snapshot?.since.add(toHex(file.pack.packId));
    this.#remember(file.pack.packId, merged);
  }

  #merge(replaced: readonly LiveFile[], content: Content): Content {
    const contents = [...replaced.flatMap(({ fileId }) => this.#cache.get(toHex(fileId)) ?? []), content];
    return {
      entries: mergeEntries(contents.map(({ entries }) => entries)),
      account: contents.findLast(({ account }) => account !== undefined)?.account,
    };
  }

  async #store(
    content: Content,
    { kind, base }: { readonly kind: LiveFile['kind']; readonly base: readonly Uint8Array[] },
    signal: AbortSignal,
  ): Promise<{ readonly pack: NewPack; readonly live: LiveFile }> {
    const { owner, genesis, gateway, nowMs } = this.init;
    const { number, keys } = this.#state;
    const key = this.#keys.at(-1);
    if (key === undefined) throw new Error('setRecipients comes first');
    const header = { genesis, owner, gateway, kind, number: number + 1, keys };
    const bytes = await encodeExportFile(header, { ...content, madeAtMs: nowMs(), base: [...base] }, key);
    const pack = await this.init.store(bytes, signal);
    const live = { fileId: pack.packId, kind, bytes: bytesOfEntries(content.entries), generation: key.generation };
    return { pack, live };
  }

  async #advance(state: StreamState, entered?: NewPack, released: readonly Uint8Array[] = []): Promise<void> {
    try {
      await this.init.table.advance(this.owner, { state: streamStateRecord.encode(state), entered, released });
    } catch (error) {
      if (entered !== undefined) this.init.discard(entered);
      throw error;
    }
    this.#state = state;
  }

  #remember(fileId: Uint8Array, content: Content): void {
    this.#cache.set(toHex(fileId), content);
    let bytes = 0;
    for (const [name, { entries }] of [...this.#cache].toReversed()) {
      bytes += bytesOfEntries(entries);
      if (bytes > maxCachedBytes) this.#cache.delete(name);
    }
  }
}

/** Lists that each fit into a file. */
function* divided(entries: readonly ExportEntry[]): IterableIterator<ExportEntry[]> {
  let list: ExportEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = bytesOfEntries([entry]);
    if (bytes + size > maxMergedBytes && list.length > 0) {
      yield list;
      [list, bytes] = [[], 0];
    }
    list.push(entry);
    bytes += size;
  }
  yield list;
}

/** The next entries of a scan, as many as fit into a file. */
async function collect(scan: Iterator<ExportEntry>): Promise<{ entries: ExportEntry[]; isDone: boolean }> {
  const entries: ExportEntry[] = [];
  let bytes = 0;
  let turnMs = performance.now();
  while (bytes < maxMergedBytes) {
    const next = scan.next();
    if (next.done === true) return { entries, isDone: true };
    entries.push(next.value);
    bytes += bytesOfEntries([next.value]);
    if (performance.now() - turnMs < portionMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnMs = performance.now();
  }
  return { entries, isDone: false };
}
