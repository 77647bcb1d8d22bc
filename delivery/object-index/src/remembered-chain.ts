// What a gateway read from the chain last, kept beside the index, so that it starts without the chain: it reads from the
// providers that it knew, and accepts uploads within the quota that was locked.
import {
  bool,
  bytes,
  fixedBytes,
  type Static,
  safeInteger as size,
  str,
  struct,
  u32,
  vec,
  versionedRecord,
} from '@cess/codec';
import { concatBytes, toHex, utf8 } from '@cess/primitives';
import type { Kv, KvOperation } from '@cess/store';
import { decodeRecord, isUnreadable } from './errors.js';
import type { TerritoryName } from './keys.js';

const rememberedProvider = struct({
  index: u32,
  nodeKey: fixedBytes(32),
  endpoint: str,
  declaredBytes: size,
  serviceBytes: size,
  takesFragments: bool,
});
export type RememberedProvider = Static<typeof rememberedProvider>;

const providerList = versionedRecord({ name: 'provider list', version: 1, codec: vec(rememberedProvider) });
const lockedQuota = versionedRecord({ name: 'locked quota', version: 1, codec: struct({ bytes: size }) });
const chainIdentity = versionedRecord({
  name: 'chain identity',
  version: 1,
  codec: struct({ genesis: fixedBytes(32), specVersion: u32, transactionVersion: u32, properties: bytes() }),
});
export type RememberedIdentity = Static<typeof chainIdentity>;

const providersKey = utf8('\0cess-chain-providers');
const identityKey = utf8('\0cess-chain-identity');
const quotaKey = ({ owner, territory }: TerritoryName): Uint8Array =>
  concatBytes(utf8('\0cess-chain-quota/'), owner, utf8(territory));

export class RememberedChain {
  /** Digest of what is on disk, so that an unchanged list is not written again. */
  #providers = '';
  readonly #quotas = new Map<string, number>();

  constructor(private readonly kv: Kv) {}

  providers(): readonly RememberedProvider[] {
    return this.#read(providersKey, providerList) ?? [];
  }

  /** Addresses and keys matter; space changes all the time and is as of the last change of those. */
  async rememberProviders(providers: readonly RememberedProvider[]): Promise<void> {
    const digest = providers.map(({ index, nodeKey, endpoint }) => `${index} ${toHex(nodeKey)} ${endpoint}`).join();
    if (digest === this.#providers) return;
    await this.kv.write([{ type: 'put', key: providersKey, value: providerList.encode([...providers]) }]);
    this.#providers = digest;
  }

  identity(): RememberedIdentity | undefined {
    return this.#read(identityKey, chainIdentity);
  }

  async rememberIdentity(identity: RememberedIdentity): Promise<void> {
    await this.kv.write([{ type: 'put', key: identityKey, value: chainIdentity.encode(identity) }]);
  }

  /** Undefined for a territory whose quota was never read. */
  lockedQuota(name: TerritoryName): number | undefined {
    return this.#read(quotaKey(name), lockedQuota)?.bytes;
  }

  /** Durable when resolved. Values that are on disk already are not written again. */
  async rememberQuotas(quotas: readonly (readonly [TerritoryName, number])[]): Promise<void> {
    const changed = quotas.filter(([name, bytes]) => this.#quotas.get(toHex(quotaKey(name))) !== bytes);
    if (changed.length === 0) return;
    const operations = changed.map(
      ([name, bytes]): KvOperation => ({ type: 'put', key: quotaKey(name), value: lockedQuota.encode({ bytes }) }),
    );
    await this.kv.write(operations, { durable: true });
    for (const [name, bytes] of changed) this.#quotas.set(toHex(quotaKey(name)), bytes);
  }

  /** An unreadable record counts as absent: the chain has it all. */
  #read<T>(key: Uint8Array, codec: { decode(bytes: Uint8Array): T }): T | undefined {
    const value = this.kv.get(key);
    if (value === undefined) return undefined;
    try {
      return decodeRecord(codec, value, 'what was read from the chain');
    } catch (error) {
      if (isUnreadable(error)) return undefined;
      throw error;
    }
  }
}
