// What chain nodes say to each other (docs/protocol/sync.md): SCALE over the request protocols and gossip topics of @cess/network.
import { header } from '@cess/chain-primitives';
import { bytes, fixedBytes, option, type Static, struct, u32, u64, vec } from '@cess/codec';
import { MiB } from '@cess/primitives';
import { MAX_BLOCK_BYTES, MAX_EXTRINSIC_BYTES } from '@cess/runtime';

/** Room for the header, the inherents and the encoding around the extrinsics of a block. */
const maxOverheadBytes = MiB;
export const maxBlockMessageBytes = MAX_BLOCK_BYTES + maxOverheadBytes;

export const syncedBlock = struct({
  header,
  /** Encoded extrinsics in order. */
  body: vec(bytes()),
  /** Finality proof that the sender has for this very block. */
  justification: option(bytes()),
});
export type SyncedBlock = Static<typeof syncedBlock>;

/** Blocks of the sender's best chain, ascending. */
export const blockRequest = struct({ from: u32, count: u32 });
export const blockResponse = vec(syncedBlock);

/** Blocks of the branch that ends with this one, on the best chain or not: those above a number, ascending. */
export const branchRequest = struct({ hash: fixedBytes(32), above: u32 });

/** Most blocks of one response; fewer if they are large. */
export const maxBlocksPerResponse = 128;

export const blocksProtocol = {
  name: 'blocks',
  version: 1,
  maxRequestBytes: 64,
  maxResponseBytes: 2 * maxBlockMessageBytes,
  timeoutMs: 20_000,
  maxConcurrentPerPeer: 2,
} as const;

/** Changes of the set of voters behind this set, and behind the last of them the last final block of the sender. */
export const proofRequest = struct({ set_id: u64 });
export const maxProofBytes = 2 * MiB;

/** Items of a range of the state after a final block (`readRange` of @cess/state); none where the sender does not have it. */
export const stateRequest = struct({ hash: fixedBytes(32), after: option(bytes({ max: 4_096 })) });
export const stateResponse = vec(bytes(), { max: 65_536 });
export const stateRangeBytes = 512 * 1024;

export const proofsProtocol = {
  ...blocksProtocol,
  name: 'finality-proofs',
  maxResponseBytes: 2 * maxProofBytes,
} as const;

export const statesProtocol = {
  ...blocksProtocol,
  name: 'states',
  maxRequestBytes: 8 * 1024,
  // A range ends after the item that fills it.
  maxResponseBytes: 16 * MiB,
} as const;
export const branchesProtocol = { ...blocksProtocol, name: 'branches' } as const;

export const blockTopic = {
  name: 'blocks',
  version: 1,
  maxMessageBytes: maxBlockMessageBytes,
  maxPerSecondPerPeer: 20,
} as const;

export const finalityTopic = {
  name: 'justifications',
  version: 1,
  maxMessageBytes: 256 * 1024,
  // Each voter announces a proof of its own for every block, and every peer forwards them.
  maxPerSecondPerPeer: 100,
} as const;

export const transactionTopic = {
  name: 'transactions',
  version: 1,
  maxMessageBytes: MAX_EXTRINSIC_BYTES,
  maxPerSecondPerPeer: 500,
} as const;
