// The state after one finalized block, read from an untrusted node: every value, and every absence, is proven against the state root of
// the header. Which keys exist is not proven: a list of keys from a node may be short.
import { CessError } from '@cess/primitives';
import { openReadProof } from '@cess/state/read-proof';
import type { MapItem, ValueItem } from '../chain-client.js';
import type { FinalizedBlock } from './trust.js';
import type { UntrustedNode } from './untrusted-node.js';

const keysPerProof = 64;
const maxKeyBytes = 1024;

/** The state after one finalized block; every value that it gives is proven. */
export class ProvenState {
  #count = 0;

  constructor(
    /** The block after which this state is. */
    readonly block: FinalizedBlock,
    private readonly node: UntrustedNode,
  ) {}

  /** Entries that were proven so far, absent ones included. */
  get provenEntries(): number {
    return this.#count;
  }

  /**
   * Raw values of raw keys, in their order; undefined for keys that are proven to be absent. Throws `PROOF_INCOMPLETE`, `PROOF_TOO_LARGE`,
   * `TRIE_NODE_MALFORMED` for proofs that do not hold, and what the calls throw.
   */
  read = async (keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> => {
    const values: (Uint8Array | undefined)[] = [];
    for (let from = 0; from < keys.length; from += keysPerProof) {
      values.push(...(await this.#page(keys.slice(from, from + keysPerProof))));
    }
    return values;
  };

  /** The value of a storage item of `query`. */
  async value<T>(item: ValueItem<T>): Promise<T> {
    return item.decodeValue((await this.read([item.key()]))[0]);
  }

  /** The value of a map of `query` under its keys; undefined, or the default of the map, where it is proven to be absent. */
  async entry<K extends readonly unknown[], T>(item: MapItem<K, T>, keys: K): Promise<T> {
    return item.decodeValue((await this.read([item.key(...keys)]))[0]);
  }

  async #page(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    for (const key of keys) if (key.length > maxKeyBytes) throw new RangeError('A storage key is too long.');
    const proof = await this.node.readProof(keys, this.block.hash);
    const opened = openReadProof(this.block.header.state_root, proof);
    if (!opened.ok) throw opened.error;
    const values = keys.map((key) => {
      const proven = opened.value(key);
      if (!proven.ok) throw proofError(proven.error, this.block.number);
      return proven.value.type === 'present' ? proven.value.value : undefined;
    });
    this.#count += keys.length;
    return values;
  }
}

/** A proof that does not hold can hold at the next attempt, with another node. */
function proofError(error: CessError, number: number): CessError {
  const { code, message, data } = error;
  return new CessError(code, `${message} (state after block ${number})`, data as never, {
    cause: error,
    retryable: true,
  });
}
