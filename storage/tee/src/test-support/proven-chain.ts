// A chain in memory that proves what it says: states in a trie, headers over them, justifications by a lone authority.
import { type AuthoritySet, type Header, headerCodec, headerHash } from '@cess/client';
import { justificationCodec, justifyBySingleVote } from '@cess/consensus';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { compareBytes, fromHex, toHex } from '@cess/primitives';
import { emptyRoot, StateStore } from '@cess/state';
import { createMemoryKv } from '@cess/store';
import type { FinalizedBlock, ReadProof } from '../enclave/enclave.js';

export const authority = createEd25519Signer(new Uint8Array(32).fill(0xa1));
export const authorities: AuthoritySet = { setId: 0n, authorities: [{ key: authority.publicKey, weight: 1n }] };
export const genesis = new Uint8Array(32).fill(0xee);

interface Encodable<T> {
  readonly codec: { encode(value: T): Uint8Array };
}

export interface ProvenState {
  readonly block: FinalizedBlock;
  readonly header: Header;
  /** Values as a node would give them. */
  readonly read: (keys: readonly Uint8Array[]) => Promise<(Uint8Array | undefined)[]>;
  readonly prove: (keys: readonly Uint8Array[]) => ReadProof;
}

export class ProvenChain {
  readonly #state = new Map<string, Uint8Array>();

  put<T>({ codec }: Encodable<T>, key: Uint8Array, value: T): void {
    this.#state.set(toHex(key), codec.encode(value));
  }

  remove(key: Uint8Array): void {
    this.#state.delete(toHex(key));
  }

  /** The present state as block `number`, made final by `signer`. */
  async finalize(number: number, signer: Ed25519Signer = authority): Promise<ProvenState> {
    const kv = createMemoryKv();
    const store = new StateStore(kv);
    const entries = [...this.#state].map(([key, value]) => [fromHex(key), value] as const);
    const prepared = store.prepare(
      emptyRoot,
      entries.sort((a, b) => compareBytes(a[0], b[0])),
    );
    await kv.write(store.commit(prepared, new Uint8Array(32)));
    const header: Header = {
      parent_hash: new Uint8Array(32),
      number,
      state_root: prepared.root.hash,
      extrinsics_root: new Uint8Array(32),
      digest: { logs: [] },
    };
    const snapshot = new Map(this.#state);
    return {
      header,
      block: { header: headerCodec.encode(header), justification: justify(header, signer) },
      read: async (keys) => keys.map((key) => snapshot.get(toHex(key))),
      prove: (keys) => store.createReadProof(prepared.root, [...keys]),
    };
  }
}

/** A lone authority's word that the header is final. */
export function justify(header: Header, signer: Ed25519Signer = authority): Uint8Array {
  const target = { hash: headerHash(header), number: header.number };
  return justificationCodec.encode(justifyBySingleVote({ target, round: BigInt(header.number), setId: 0n }, signer));
}
