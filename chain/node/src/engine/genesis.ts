// What a network begins with and is known by. The genesis block is computed once, when a data folder is new; from then on it
// is read from the database, because a later version of the program would compute another one: the state holds a hash of
// the metadata, and a new pallet adds entries. A folder is matched with its chain specification by a digest of what the
// specification says of the genesis.
import type { Header } from '@cess/chain-primitives';
import { type Codec, fixedBytes, option, str, struct, u32, u128, vec } from '@cess/codec';
import { type Authority, headerHash, justificationCodec, verifyJustification } from '@cess/consensus';
import { blake2_256 } from '@cess/crypto';
import { CessError, concatBytes, equalBytes, toHex } from '@cess/primitives';
import type { Runtime } from '@cess/runtime';
import { emptyRoot, type OverlayBase, OverlayState, StateStore } from '@cess/state';
import { createMemoryKv } from '@cess/store';
import { type ChainSpec, genesisConfigOf } from '../chain-spec.js';
import { electionsIdentity, namedTrials, trialsIdentity } from '../elections-spec.js';
import type { BlockStore } from './block-store.js';
import { openRuntimes } from './runtimes.js';

export interface Genesis {
  readonly header: Header;
  readonly hash: Uint8Array;
  /** The state to commit. */
  readonly overlay: OverlayState;
}

export function computeGenesis(base: OverlayBase, spec: ChainSpec, runtime: Runtime): Genesis {
  const overlay = new OverlayState(base, emptyRoot);
  runtime.genesis(overlay, genesisConfigOf(spec));
  const header: Header = {
    parent_hash: new Uint8Array(32),
    number: 0,
    state_root: overlay.storageRoot(),
    extrinsics_root: overlay.extrinsicsRoot([]),
    digest: { logs: [] },
  };
  return { header, hash: headerHash(header), overlay };
}

/** Hash of the first block of a chain, as a new data folder of this version has it. Nothing is written. */
export async function genesisHashOf(spec: ChainSpec): Promise<Uint8Array> {
  const runtimes = await openRuntimes();
  return computeGenesis(new StateStore(createMemoryKv()), spec, runtimes.at(0)).hash;
}

/**
 * The encoding under the digest. Folders on disk hold the digest: fields are never changed, removed or reordered. A field
 * that a later version adds to the specification enters the digest only where a specification sets it.
 */
const specIdentity = struct({
  type: str,
  slot_duration_ms: u32,
  authorities: vec(struct({ key: fixedBytes(32), account: fixedBytes(32) })),
  balances: vec(struct({ account: fixedBytes(32), amount: u128 })),
  beacon: fixedBytes(64),
  audit: struct({ cycle: u32, proof: u32, verdict: u32, dispute: u32, claim: u32 }),
  sudo: option(fixedBytes(32)),
});

/** A field that specifications of earlier versions did not have. */
function laterField<T>(name: string, codec: Codec<T>, value: T | undefined): Uint8Array[] {
  return value === undefined ? [] : [str.encode(name), codec.encode(value)];
}

/** Identifies the network of a specification. Names, token and finality are not part of the genesis. */
export function specDigest(spec: ChainSpec): Uint8Array {
  const identity = concatBytes(
    specIdentity.encode({
      type: spec.type,
      slot_duration_ms: spec.slotDurationMs,
      authorities: [...spec.authorities],
      balances: spec.balances.map(([account, amount]) => ({ account, amount })),
      beacon: spec.beacon,
      audit: spec.audit,
      // Earlier versions accepted an account here, and never used it.
      sudo: undefined,
    }),
    ...laterField('taggingSeconds', u32, spec.taggingSeconds),
    ...laterField('elections', electionsIdentity, spec.elections),
    ...laterField('trials', trialsIdentity, namedTrials(spec.type, spec.elections)),
    ...laterField('governance', fixedBytes(32), spec.governance),
  );
  return blake2_256(identity);
}

/**
 * Checks that the stored chain was made from this specification. Throws `KV_NETWORK_MISMATCH`. A chain of version 0.1
 * holds no digest; it is recognized by the beacon of its genesis block and by the authorities that finalized its last
 * block.
 */
export function assertSameNetwork(blocks: BlockStore, genesisHash: Uint8Array, spec: ChainSpec): void {
  const stored = blocks.specDigest();
  const expected = specDigest(spec);
  const isSame = stored ? equalBytes(stored, expected) : mayBeFrom(blocks, genesisHash, spec);
  if (isSame) return;
  throw new CessError(
    'KV_NETWORK_MISMATCH',
    'The chain in this data directory was made from another chain specification. Use another data directory, or the chain specification it was made with.',
    { found: toHex(stored ?? genesisHash), expected: toHex(expected) },
  );
}

function mayBeFrom(blocks: BlockStore, genesisHash: Uint8Array, spec: ChainSpec): boolean {
  if (!equalBytes(blocks.requireBlock(genesisHash).beacon, spec.beacon)) return false;
  const finalized = blocks.finalized();
  const encoded = finalized && blocks.justification(finalized.hash);
  if (!encoded) return true;
  const authorities = authoritiesOf(spec);
  return verifyJustification(justificationCodec.decode(encoded), { setId: 0n, authorities }).ok;
}

export function authoritiesOf(spec: ChainSpec): Authority[] {
  return spec.authorities.map(({ key }) => ({ key, weight: 1n }));
}
