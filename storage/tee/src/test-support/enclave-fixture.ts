// An enclave without a process, and a chain on which it is worker 7, provider 5 holds a fragment, and a round waits.
import { query, type RoundRef } from '@cess/client';
import { createMclBls12, shake256 } from '@cess/crypto';
import { type Rng, utf8 } from '@cess/primitives';
import { fragmentTagId } from '@cess/proofs';
import { fragmentRootOf } from '@cess/sealing';
import { readRoundToJudge, readTaggableFragment } from '../enclave/chain-claims.js';
import type { TagRequest } from '../enclave/enclave.js';
import { EnclaveCore } from '../enclave/enclave-core.js';
import { openSecrets, type SealStore } from '../enclave/sealed-state.js';
import { tagComputation } from '../enclave/tag-computation.js';
import { authorities, genesis, ProvenChain, type ProvenState } from './proven-chain.js';

export const bls = await createMclBls12();

export function seededRng(seed: string): Rng {
  let requests = 0;
  return { bytes: (length) => shake256(length, utf8(`${seed}/${requests++}`)) };
}

/** A directory in memory. */
export class MemorySealStore implements SealStore {
  readonly files = new Map<string, Uint8Array>();

  read(name: string): Uint8Array | undefined {
    return this.files.get(name);
  }

  create(name: string, bytes: Uint8Array): boolean {
    if (this.files.has(name)) return false;
    this.files.set(name, bytes);
    return true;
  }
}

/** The files of the enclave, to be copied before they are changed. */
export const sealed = new MemorySealStore();
export const secrets = openSecrets(sealed, { genesis, authorities }, bls, seededRng('enclave'));
/** An enclave that has seen nothing yet; always with the same keys. */
export function newCore(): EnclaveCore {
  const compute = tagComputation(bls, secrets);
  return new EnclaveCore(secrets, { bls, rng: seededRng('batch'), computeTags: async (...args) => compute(...args) });
}
export const description = newCore().describe();

export const worker = 7;
export const provider = 5;
export const nodeKey = new Uint8Array(32).fill(0x51);
export const otherNodeKey = new Uint8Array(32).fill(0x52);
export const fileId = new Uint8Array(32).fill(0xf1);
export const orderId = new Uint8Array(32).fill(0xf2);
export const fragmentBytes = shake256(40_000, utf8('fragment'));
export const root = fragmentRootOf(fragmentBytes);
export const place = { fileId, segment: 2, fragment: 3 };
export const roundRef: RoundRef = { provider, keyId: description.keyId, round: 4 };

const key32 = (fill: number) => new Uint8Array(32).fill(fill);

export function newChain(): ProvenChain {
  const chain = new ProvenChain();
  const { NodeKeys } = query.Sminer;
  const { Files, Segments } = query.FileBank;
  const { SignerKeys, TagKeys } = query.TeeWorker;
  const { publicKey, keyId, epoch, signerKey } = description;
  chain.put(NodeKeys, NodeKeys.key(nodeKey), provider);
  chain.put(NodeKeys, NodeKeys.key(otherNodeKey), provider + 1);
  chain.put(SignerKeys, SignerKeys.key(signerKey), worker);
  chain.put(TagKeys, TagKeys.key(keyId), {
    worker,
    x: publicKey.x,
    x_alpha: publicKey.xAlpha,
    srs_hash: publicKey.srsHash,
    epoch,
    registered_at: 1,
  });
  chain.put(Files, Files.key(fileId), {
    owner: key32(1),
    territory: utf8('t'),
    order_id: orderId,
    gateway: key32(1),
    segment_count: 3,
    size: 1n,
    stored_bytes: 1n,
    state: 'Active',
    declared_at: 1,
  });
  const segment = { k: 1, n: 4, ciphertext_length: 1, fragment_length: fragmentBytes.length, root: key32(9) };
  chain.put(Segments, Segments.key(fileId, 2), segment);
  holdBy(chain, provider);
  putRound(chain, {});
  return chain;
}

/** Records who holds the fragment. */
export function holdBy(chain: ProvenChain, holder: number | undefined): void {
  const { Fragments } = query.FileBank;
  chain.put(Fragments, Fragments.key(fileId, 2, 3), { root, holder, declared_at: 1, restored: 0 });
}

export interface RoundChange {
  readonly worker?: number;
  readonly proof?: Uint8Array;
  readonly goneAt?: number;
  readonly isOpen?: boolean;
}

/** The round of the fragment, answered unless said otherwise as of block 20. */
export function putRound(chain: ProvenChain, change: RoundChange): void {
  const { Challenges, Slots } = query.Audit;
  const { keyId } = description;
  const identity = { genesis, orderId, ...place, replica: 0, root, provider, keyId };
  chain.put(Slots, Slots.key(provider, keyId, 0), {
    tag_id: fragmentTagId(identity),
    file_id: fileId,
    segment: 2,
    fragment: 3,
    length: fragmentBytes.length,
    gone_at: change.goneAt,
  });
  const { proof = new Uint8Array(128), worker: judge = worker } = change;
  chain.put(Challenges, Challenges.key(provider, keyId), {
    round: roundRef.round,
    opened_at: 15,
    seed: new Uint8Array(64).fill(3),
    frozen: 1,
    bytes: 40_000n,
    deadline: 100,
    state:
      change.isOpen === true
        ? { type: 'Open', value: undefined }
        : { type: 'Answered', value: { proof, as_of: 20, worker: judge, drawn: 1, verify_by: 100 } },
  });
}

/** The keys that a decision reads, by running it over plain values; what it finds does not matter. */
async function keysRead(state: ProvenState, run: (read: ProvenState['read']) => Promise<unknown>) {
  const keys: Uint8Array[] = [];
  await run((some) => {
    keys.push(...some);
    return state.read(some);
  }).catch(() => {});
  return keys;
}

/** An honest host's request for tags in a state. */
export async function tagRequest(state: ProvenState, change: Partial<TagRequest> = {}): Promise<TagRequest> {
  const wanted = { callerKey: nodeKey, ...place, root, keyId: description.keyId, ...change };
  const own = { ownKeyId: description.keyId, length: fragmentBytes.length };
  const keys = await keysRead(state, (read) => readTaggableFragment(read, wanted, own));
  return { block: state.block, proof: state.prove(keys), bytes: fragmentBytes, ...wanted };
}

/** An honest host's request for a verdict in a state. */
export async function judgeRequest(state: ProvenState, ref: RoundRef = roundRef) {
  const own = { genesis, signerKey: description.signerKey };
  const keys = await keysRead(state, (read) => readRoundToJudge(read, ref, own));
  return { block: state.block, rounds: [{ ...ref, proof: state.prove(keys) }] };
}
