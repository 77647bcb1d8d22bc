// Keeps a copy of the exported index of one owner (OSS-2): applies what is new at every anchor, from the newest file to the oldest, so that
// no entry goes back in between. A new snapshot, which names no deletions, is followed by a sweep over what it does not have.
import type { X25519Pair } from '@cess/crypto';
import { scanOwner } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import type { ExportEntry } from '../export-file.js';
import type { NetworkFileParts } from './network-file.js';
import type { IndexAnchor } from './recovery-ports.js';
import { readStream } from './stream-reader.js';

export interface StreamFollowerInit extends NetworkFileParts {
  /** Of the copy; nobody else writes entries of the owner. */
  readonly kv: Kv;
  /** One of them opens the export. */
  readonly pairs: readonly X25519Pair[];
  /** Enters the users, roles and policies of the owner's account. */
  readonly restoreAccount: (owner: Uint8Array, entries: readonly ExportEntry[]) => Promise<void>;
}

const operationsPerWrite = 1_000;

export class StreamFollower {
  /** Files whose entries the copy has. */
  #applied = new Set<string>();
  #number = 0;

  constructor(private readonly init: StreamFollowerInit) {}

  /** Number of the newest file that the copy has; 0 before the first is complete. */
  get number(): number {
    return this.#number;
  }

  /** Brings the copy up to an anchor. Throws `EXPORT_INVALID`, `EXPORT_KEY_MISSING`, `EXPORT_UNREACHABLE`; then it is repeated. */
  async refresh(anchor: IndexAnchor, signal: AbortSignal): Promise<void> {
    if (anchor.number <= this.#number) return;
    const hasSnapshot = await this.#apply(anchor, (fileId) => this.#applied.has(toHex(fileId)), signal);
    // What the copy has from before lies behind the snapshot: it counts for nothing.
    if (hasSnapshot && this.#number > 0) await this.#apply(anchor, () => false, signal);
    this.#number = anchor.number;
  }

  /** True if there was a part of a snapshot among the files. */
  async #apply(anchor: IndexAnchor, isKnown: (fileId: Uint8Array) => boolean, signal: AbortSignal): Promise<boolean> {
    const seen = new Set<string>();
    const files = new Set<string>();
    let hasSnapshot = false;
    let hasAccount = false;
    for await (const { fileId, header, body } of readStream(this.init, anchor, this.init.pairs, signal, isKnown)) {
      files.add(toHex(fileId));
      hasSnapshot ||= header.kind === 'snapshot';
      await this.#write(body.entries, seen);
      if (body.account === undefined || hasAccount) continue;
      await this.init.restoreAccount(anchor.owner, body.account);
      hasAccount = true;
    }
    if (hasSnapshot) {
      await this.#sweep(anchor.owner, seen);
      this.#applied = files;
    } else for (const name of files) this.#applied.add(name);
    return hasSnapshot;
  }

  async #write(entries: readonly ExportEntry[], seen: Set<string>): Promise<void> {
    const operations: KvOperation[] = [];
    for (const { key, value } of entries) {
      const name = toHex(key);
      if (seen.has(name)) continue;
      seen.add(name);
      operations.push(value === undefined ? { type: 'delete', key } : { type: 'put', key, value });
    }
    for (let at = 0; at < operations.length; at += operationsPerWrite)
      await this.init.kv.write(operations.slice(at, at + operationsPerWrite));
  }

  /** Removes entries of the owner that the export does not have. */
  async #sweep(owner: Uint8Array, seen: ReadonlySet<string>): Promise<void> {
    const stale: KvOperation[] = [];
    for (const { key } of scanOwner(this.init.kv, owner)) {
      if (!seen.has(toHex(key))) stale.push({ type: 'delete', key });
    }
    for (let at = 0; at < stale.length; at += operationsPerWrite)
      await this.init.kv.write(stale.slice(at, at + operationsPerWrite));
  }
}
