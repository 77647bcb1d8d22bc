// Proofs for the keys that a decision reads. The decision runs once outside of the enclave on plain values, and every key that
// it reads is proven.
import type { ReadValues } from '@cess/client/audit';
import { toHex } from '@cess/primitives';
import type { FinalizedHead, TeeChain } from './chain-port.js';

/** Values at the head. Records the keys that were read. */
export class ReadingAt {
  readonly #keys = new Map<string, Uint8Array>();

  constructor(
    private readonly chain: Pick<TeeChain, 'read' | 'prove'>,
    private readonly head: FinalizedHead,
  ) {}

  readonly read: ReadValues = (keys) => {
    for (const key of keys) this.#keys.set(toHex(key), key);
    return this.chain.read(this.head.hash, keys);
  };

  /** A proof for all keys that were read. */
  prove(): Promise<readonly Uint8Array[]> {
    return this.chain.prove(this.head.hash, [...this.#keys.values()]);
  }
}
