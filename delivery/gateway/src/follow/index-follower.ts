// Follows the exported index of another gateway, or of this one's lost folder: the copy is read, never changed (OSS-2). Until the first
// pass over all owners has ended, objects become readable as their entries arrive.
import type { X25519Pair } from '@cess/crypto';
import {
  type ExportEntry,
  type FragmentSource,
  type IndexAnchor,
  type RecoveryChain,
  StreamFollower,
} from '@cess/index-export';
import { IndexImport, isImporting, isUnused, LocalBackend } from '@cess/object-index';
import {
  BackgroundLoop,
  type BackgroundPorts,
  equalBytes,
  isCessError,
  messageOf,
  type Startable,
  toHex,
} from '@cess/primitives';
import type { Kv } from '@cess/store';

import { copyIntoIndex } from '../errors.js';

export interface IndexFollowerInit extends BackgroundPorts {
  readonly kv: Kv;
  readonly chain: RecoveryChain;
  readonly fragments: FragmentSource;
  /** Of this gateway. */
  readonly wrappingKey: X25519Pair;
  /** Account of the gateway whose exports are followed. */
  readonly gateway: Uint8Array;
  /** Owners whose buckets are served here. */
  readonly owners: () => readonly Uint8Array[];
  readonly restoreAccount: (owner: Uint8Array, entries: readonly ExportEntry[]) => Promise<void>;
  readonly periodMs: number;
}

export class IndexFollower implements Startable {
  readonly #loop: BackgroundLoop;
  readonly #followers = new Map<string, StreamFollower>();
  #isComplete = false;

  constructor(private readonly init: IndexFollowerInit) {
    const task = (signal: AbortSignal) => this.#pass(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'index follower', task, periodMs: init.periodMs });
  }

  /** Whether everything that was exported at the first pass is here. Until then what is missing may exist. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Throws `RECOVERY_FOLDER_NOT_EMPTY` over an index that is no copy. Begins with an empty copy: what an earlier process had may be stale in ways that
   * the newest files do not tell.
   */
  async start(): Promise<void> {
    const { kv } = this.init;
    if (!isImporting(kv) && !(await isUnused(new LocalBackend(kv)))) throw copyIntoIndex();
    await IndexImport.begin(kv);
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const owners = this.init.owners();
    const anchors = (await this.init.chain.anchors()).filter(
      ({ gateway, owner }) =>
        equalBytes(gateway, this.init.gateway) && owners.some((served) => equalBytes(served, owner)),
    );
    for (const anchor of anchors) await this.#follow(anchor, signal);
    this.#isComplete = true;
  }

  /** An export that does not open for this gateway leaves its copy as it is. */
  async #follow(anchor: IndexAnchor, signal: AbortSignal): Promise<void> {
    const name = toHex(anchor.owner);
    const follower = this.#followers.get(name) ?? this.#create(name);
    try {
      await follower.refresh(anchor, signal);
    } catch (error) {
      if (!isCessError(error, 'EXPORT_KEY_MISSING', 'EXPORT_INVALID')) throw error;
      const fields = { owner: name, number: anchor.number, cause: messageOf(error) };
      this.init.logger.warn(fields, 'the exported index of an owner does not open for this gateway');
    }
  }

  #create(name: string): StreamFollower {
    const { kv, chain, fragments, wrappingKey, restoreAccount } = this.init;
    const follower = new StreamFollower({ kv, chain, fragments, pairs: [wrappingKey], restoreAccount });
    this.#followers.set(name, follower);
    return follower;
  }
}
