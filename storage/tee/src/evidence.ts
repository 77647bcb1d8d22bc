// Proofs for the keys that a decision reads: it is run once outside the enclave over plain values, and every key that it
// asked for is proven.
import type { ReadValues } from '@cess/client/audit';
import { toHex } from '@cess/primitives';
import type { FinalizedHead, TeeChain } from './chain-port.js';

/** Values at the head, and the keys of all that was read. */
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

  /** A proof of everything that was read. */
  prove(): Promise<readonly Uint8Array[]> {
    return this.chain.prove(this.head.hash, [...this.#keys.values()]);
  }
}
