// After two conflicting blocks became final: collects the finality proofs of the other branch and compares them with the own ones, round
// by round, so that the members who voted for both are proven before the node ends (GR-62, GR-63). A peer of the other branch serves its
// blocks with their proofs as it serves those of any branch.
import {
  headerHash,
  type JustificationWatch,
  justificationCodec,
  type VoteEquivocation,
  verifyJustification,
} from '@cess/consensus';
import type { SignatureScheme } from '@cess/crypto';
import type { NetworkHost, PeerId } from '@cess/network';
import { equalBytes, isCessError } from '@cess/primitives';
import type { ChainSpec } from '../chain-spec.js';
import { decoded } from '../decoded.js';
import { setOfHeight } from '../engine/authority-sets.js';
import type { BlockStore } from '../engine/block-store.js';
import {
  blockRequest,
  blockResponse,
  blocksProtocol,
  maxBlocksPerResponse,
  type SyncedBlock,
} from './sync-messages.js';

/** Blocks below the conflicting one whose proofs are compared; the branches may have parted further below. */
const depth = 128;
/** Answers of one peer, and peers that are asked until one proves something. */
const maxAnswers = 8;
const maxPeers = 8;

export interface ConflictInquiryInit {
  readonly host: Pick<NetworkHost, 'request' | 'peers'>;
  readonly blocks: BlockStore;
  readonly spec: ChainSpec;
  readonly signatures: Pick<SignatureScheme, 'verify'>;
  readonly watch: JustificationWatch;
}

/** `number`: height of the conflicting block; `first`: the peer that sent its proof. */
export async function inquireConflict(
  init: ConflictInquiryInit,
  number: number,
  first: PeerId,
): Promise<readonly VoteEquivocation[]> {
  const from = Math.max(1, number - depth);
  noteOwn(init, from);
  for (const peer of [first, ...init.host.peers().map(({ peer }) => peer)].slice(0, maxPeers)) {
    const proofs = await proofsOf(init, from, peer);
    if (proofs.length > 0) return proofs;
  }
  return [];
}

function noteOwn({ blocks, spec, watch }: ConflictInquiryInit, from: number): void {
  const final = blocks.finalized()?.number ?? 0;
  for (let number = from; number <= final; number++) {
    const hash = blocks.canonicalHash(number);
    const own = hash && blocks.justification(hash);
    if (own !== undefined) watch.observe(own, setOfHeight(blocks, spec, number).setId);
  }
}

async function proofsOf(init: ConflictInquiryInit, from: number, peer: PeerId): Promise<VoteEquivocation[]> {
  const proofs: VoteEquivocation[] = [];
  let next = from;
  for (let answer = 0; answer < maxAnswers; answer++) {
    const blocks = await askFor(init, peer, blockRequest.encode({ from: next, count: maxBlocksPerResponse }));
    if (blocks.length === 0) break;
    for (const block of blocks) proofs.push(...compare(init, block));
    next += blocks.length;
  }
  return proofs;
}

/** Nothing if the peer is gone or answers with something else. */
async function askFor(
  { host }: ConflictInquiryInit,
  peer: PeerId,
  request: Uint8Array,
): Promise<readonly SyncedBlock[]> {
  try {
    return decoded(blockResponse, await host.request(peer, blocksProtocol, request)) ?? [];
  } catch (error) {
    if (isCessError(error) && error.code.startsWith('NETWORK_')) return [];
    throw error;
  }
}

function compare({ blocks, spec, signatures, watch }: ConflictInquiryInit, block: SyncedBlock): VoteEquivocation[] {
  const { header, justification: encoded } = block;
  const justification = encoded && decoded(justificationCodec, encoded);
  if (encoded === undefined || justification === undefined) return [];
  const isOfBlock = equalBytes(justification.commit.target_hash, headerHash(header));
  const final = blocks.finalized()?.number ?? 0;
  const set = setOfHeight(blocks, spec, Math.min(header.number, final + 1));
  if (!isOfBlock || !verifyJustification(justification, set, signatures).ok) return [];
  return watch.observe(encoded, set.setId);
}
