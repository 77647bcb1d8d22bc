// Named keys as whoever encrypts uses them, and their upkeep: rotations that are due, and keys whose deletion is.
import type { IndexView, Portions } from '@cess/object-index';
import type { AccountStore } from '../store/account-store.js';
import { maxKeyVersions, type NamedKeyRecord } from '../store/records.js';
import { keyAliases, namedKeys } from '../store/tables.js';
import {
  createKey,
  defaultAlias,
  type FoundKey,
  isDue,
  type KeyTools,
  materialOf,
  namedKeyArn,
  requireEnabled,
  requireKey,
  stateOf,
  withNewVersion,
} from './key-record.js';

export { namedKeyArn } from './key-record.js';

/** A named key of an account: its id, its alias, or the ARN of either; none: the key that S3 makes for the account. */
export interface KeyReference {
  readonly account: string;
  readonly key: string | undefined;
}

export interface NamedKeyId {
  readonly account: string;
  readonly keyId: string;
}

/** Material of a usable key. */
export interface KeyMaterial {
  readonly keyId: string;
  readonly arn: string;
  /** The version for new writes. */
  readonly newest: number;
  /** 32 bytes; undefined for a version that the key does not have. */
  material(version: number): Uint8Array | undefined;
}

/** Keys looked at in one read. */
const keysPerPage = 100;

export class NamedKeys {
  constructor(
    private readonly store: AccountStore,
    private readonly tools: KeyTools,
  ) {}

  /** The ARN of a key. Throws NotFoundException. */
  async arnOf({ account, key }: { readonly account: string; readonly key: string }, nowMs: number): Promise<string> {
    const found = await this.store.read((view) => requireKey(view, account, key, nowMs));
    return namedKeyArn(this.tools.region, account, found.keyId);
  }

  /** Creates the default key of the account if it is asked for and does not exist. Throws IamError of a key that cannot be used. */
  async use({ account, key }: KeyReference, nowMs: number): Promise<KeyMaterial> {
    const found =
      key === undefined
        ? await this.#default(account, nowMs)
        : await this.store.read((view) => requireKey(view, account, key, nowMs));
    const arn = namedKeyArn(this.tools.region, account, found.keyId);
    requireEnabled(found, arn);
    return {
      keyId: found.keyId,
      arn,
      newest: found.key.versions.at(-1)?.number ?? 0,
      material: (version) => materialOf(this.tools, account, found, version),
    };
  }

  /** Keys of all accounts, also of those that are not served, whose rotation or deletion is due. */
  async *due(nowMs: number): AsyncGenerator<NamedKeyId> {
    for (let after: string | undefined, isMore = true; isMore; ) {
      const page = { after, limit: keysPerPage };
      const rows = await this.store.read((view) => namedKeys.page(view, [], page));
      for (const { name, value } of rows) {
        const [account = '', keyId = ''] = name.split('\0');
        if (isDue(value, nowMs) || this.#isRotationDue(value, nowMs)) yield { account, keyId };
      }
      after = rows.at(-1)?.name;
      isMore = rows.length === keysPerPage;
    }
  }

  /**
   * Rotates a key if its rotation is due, or removes it with its aliases if its deletion is. The entry of the vault is destroyed
   * first; after a crash the next call destroys it again and removes the record. Throws `ACCOUNT_SECRET_UNREADABLE`, and what the
   * vault throws.
   */
  async maintain({ account, keyId }: NamedKeyId, nowMs: number): Promise<void> {
    await this.store.change((view) => this.#maintainKey(view, { account, keyId }, nowMs));
  }

  *#maintainKey(view: IndexView, { account, keyId }: NamedKeyId, nowMs: number): Portions {
    const key = yield* namedKeys.get(view, account, keyId);
    if (key === undefined) return;
    if (isDue(key, nowMs)) {
      this.tools.vault.destroy(key.vaultId);
      namedKeys.delete(view, account, keyId);
      for (const { name, value } of yield* keyAliases.page(view, [account], { after: undefined, limit: 10_000 }))
        if (value.keyId === keyId) keyAliases.delete(view, account, name);
    } else if (this.#isRotationDue(key, nowMs)) {
      const rotated = withNewVersion(this.tools, { keyId, key }, { account, nowMs, isOnDemand: false });
      namedKeys.put(view, rotated, account, keyId);
    }
  }

  /** Of a key that is not enabled nothing is due, as at Amazon. A key that has all versions that it can have keeps the newest. */
  #isRotationDue(key: NamedKeyRecord, nowMs: number): boolean {
    const { rotationDays, versions } = key;
    if (rotationDays === undefined || stateOf(key) !== 'Enabled' || versions.length >= maxKeyVersions) return false;
    return (versions.at(-1)?.createdAtMs ?? nowMs) + rotationDays * this.tools.dayMs <= nowMs;
  }

  async #default(account: string, nowMs: number): Promise<FoundKey> {
    const alias = await this.store.read((view) => keyAliases.get(view, account, defaultAlias));
    if (alias !== undefined) return this.store.read((view) => requireKey(view, account, alias.keyId, nowMs));
    const { tools } = this;
    return this.store.change(function* (view) {
      const made = yield* keyAliases.get(view, account, defaultAlias);
      if (made !== undefined) return yield* requireKey(view, account, made.keyId, nowMs);
      const description = 'Default key that protects objects of S3 when no other key is named';
      const found = createKey(view, tools, { account, description, nowMs });
      const { keyId } = found;
      keyAliases.put(view, { keyId, createdAtMs: nowMs, updatedAtMs: nowMs }, account, defaultAlias);
      return found;
    });
  }
}
