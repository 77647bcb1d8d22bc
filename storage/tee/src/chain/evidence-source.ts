// Headers, justifications and read proofs from the worker's chain node. The newest finalized block is fetched once. Proof
// requests that arrive while another one is running share one request. The proofs of the current block are cached.
import { type ChainClient, headerCodec } from '@cess/client';
import { CessError, createDeferred, type Deferred, elementAt, equalBytes, toHex } from '@cess/primitives';
import type { FinalizedHead } from '../chain-port.js';
import type { ReadProof } from '../enclave/enclave.js';

/** Most keys in one request: half of the limit of a node, and few enough for the size limit of proofs. */
const keysPerProof = 128;
const maxKeptProofs = 128;

interface Wanted {
  readonly at: Uint8Array;
  readonly keys: readonly Uint8Array[];
  readonly proof: Deferred<ReadProof>;
}

export class EvidenceSource {
  #head: FinalizedHead | undefined;
  readonly #kept = new Map<string, ReadProof>();
  #waiting: Wanted[] = [];
  #working = false;

  constructor(private readonly client: Pick<ChainClient, 'finalizedHash' | 'block' | 'readProof' | 'setChanges'>) {}

  /** Throws `TEE_FINALITY_UNPROVEN` when the node gives no justification. */
  async finalizedHead(): Promise<FinalizedHead> {
    const hash = await this.client.finalizedHash();
    if (this.#head !== undefined && equalBytes(hash, this.#head.hash)) return this.#head;
    const { header, justification } = await this.client.block(hash);
    if (justification === undefined) {
      throw new CessError('TEE_FINALITY_UNPROVEN', 'The chain node has no finality proof for its finalized block.');
    }
    // The enclave pinned the set of the genesis.
    const setChanges = await this.client.setChanges(0n);
    this.#head = { hash, number: header.number, header: headerCodec.encode(header), justification, setChanges };
    this.#kept.clear();
    return this.#head;
  }

  /** At most 128 keys. */
  async prove(at: Uint8Array, keys: readonly Uint8Array[]): Promise<ReadProof> {
    const kept = this.#kept.get(nameOf({ at, keys }));
    if (kept !== undefined) return kept;
    const proof = createDeferred<ReadProof>();
    this.#waiting.push({ at, keys, proof });
    if (!this.#working) void this.#work();
    return proof.promise;
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup();
      try {
        const keys = new Map(group.flatMap((wanted) => wanted.keys).map((key) => [toHex(key), key]));
        const proof = await this.client.readProof([...keys.values()], elementAt(group, 0).at);
        for (const wanted of group) {
          if (this.#kept.size < maxKeptProofs) this.#kept.set(nameOf(wanted), proof);
          wanted.proof.resolve(proof);
        }
      } catch (error) {
        for (const wanted of group) wanted.proof.reject(error);
      }
    }
    this.#working = false;
  }

  /** Takes queued requests for the block of the first one, up to the limit of one request. */
  #nextGroup(): Wanted[] {
    const { at } = elementAt(this.#waiting, 0);
    const group: Wanted[] = [];
    const rest: Wanted[] = [];
    let keys = 0;
    for (const wanted of this.#waiting) {
      const fits = equalBytes(wanted.at, at) && (group.length === 0 || keys + wanted.keys.length <= keysPerProof);
      if (fits) keys += wanted.keys.length;
      (fits ? group : rest).push(wanted);
    }
    this.#waiting = rest;
    return group;
  }
}

function nameOf({ at, keys }: Pick<Wanted, 'at' | 'keys'>): string {
  return [at, ...keys].map(toHex).join('/');
}
