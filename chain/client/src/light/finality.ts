// Follows finality from what is trusted: set changes, then the justification of the newest block, both verified; then the state after
// the block says which genesis it descends from, which block it has at the height that was final before, and when it was made.
// docs/protocol/grandpa.md §6.
import type { Header } from '@cess/chain-primitives';
import { type AuthoritySet, followAuthoritySet, headerHash, nextSet } from '@cess/consensus';
import { CessError, equalBytes, invariant, toHex0x } from '@cess/primitives';
import { BLOCK_HASH_COUNT, query } from '@cess/runtime/declarations';
import { verifyFinality } from '../light-verification.js';
import { ProvenState } from './proven-state.js';
import type { BlockRef, FinalizedBlock, LightTrust } from './trust.js';
import type { UntrustedNode } from './untrusted-node.js';

/** What is proven so far. `block` is undefined until the first block is, `ref` after a checkpoint. */
export interface LightState {
  readonly genesisHash: Uint8Array | undefined;
  /** The set that finalizes what comes after `ref`. */
  readonly authorities: AuthoritySet;
  readonly ref: BlockRef | undefined;
  readonly block: FinalizedBlock | undefined;
}

export function initialState({ genesisHash, authorities, finalized }: LightTrust): LightState {
  return { genesisHash, authorities, ref: finalized, block: undefined };
}

/**
 * The state after the newest finalized block that the node shows. Throws `LIGHT_…`, `CHAIN_NODE_LIES`, `JUSTIFICATION_INVALID`,
 * `FINALITY_PROOF_INVALID`, `PROOF_…`; nothing of an answer that throws is kept.
 */
export async function advance(node: UntrustedNode, state: LightState): Promise<LightState> {
  const head = await headOf(node);
  if (state.ref && head.number < state.ref.number) throw rewound(head.number, state.ref.number);
  if (state.ref?.number === head.number) return atSameHeight(node, state, head);
  const { authorities, proven } = await proveHead(node, state, head);
  if (state.ref && proven.number < state.ref.number) throw rewound(proven.number, state.ref.number);
  return withContext(node, { ...state, authorities }, proven);
}

interface Head extends BlockRef {
  readonly header: Header;
}

async function headOf(node: UntrustedNode): Promise<Head> {
  const hash = await node.finalizedHead();
  const header = await node.header(hash);
  if (!equalBytes(headerHash(header), hash)) {
    const message = 'The chain node returned a header that does not match its hash. Connect to another node.';
    throw new CessError('CHAIN_NODE_LIES', message);
  }
  return { header, hash, number: header.number };
}

/** The head is at the height that is known: the same block, or one of two that cannot both be final. */
async function atSameHeight(node: UntrustedNode, state: LightState, head: Head): Promise<LightState> {
  if (state.ref && equalBytes(state.ref.hash, head.hash)) {
    return state.block === undefined ? withContext(node, state, head) : state;
  }
  // Throws unless voters signed the other block as well.
  await proveHead(node, state, head);
  throw conflict(head.number);
}

/** The highest block that is proven final, at or above the head, and the set after it. */
async function proveHead(
  node: UntrustedNode,
  state: LightState,
  head: Head,
): Promise<{ readonly authorities: AuthoritySet; readonly proven: Head }> {
  if (head.number === 0) {
    // Its genesis needs no proof where the hash is trusted; otherwise its first block proves which one it is.
    if (state.genesisHash === undefined) throw missingProof(0);
    if (!equalBytes(head.hash, state.genesisHash)) throw wrongChain(state.genesisHash, head.hash);
    return { authorities: state.authorities, proven: head };
  }
  const proof = await node.finalityProof(head.number);
  if (proof === undefined) throw missingProof(head.number);
  const header = equalBytes(proof.block, head.hash) ? head.header : (proof.unknown_headers.at(-1) ?? head.header);
  const proven: Head = { header, hash: headerHash(header), number: header.number };
  const claim = { header, justification: proof.justification };
  const now = verifyFinality({ ...claim, authorities: state.authorities });
  if (now.ok) return { authorities: announced(header, state.authorities), proven };
  // The set may have changed since.
  const followed = await followChanges(node, state.authorities);
  if (followed.last === undefined) throw now.error;
  if (followed.last.number >= proven.number) return { authorities: followed.authorities, proven: followed.last };
  const later = verifyFinality({ ...claim, authorities: followed.authorities });
  if (!later.ok) throw later.error;
  return { authorities: announced(header, followed.authorities), proven };
}

/** The set after all changes that the node proves, and the block that announced the last. Throws `FINALITY_PROOF_INVALID`. */
async function followChanges(
  node: UntrustedNode,
  from: AuthoritySet,
): Promise<{ readonly authorities: AuthoritySet; readonly last: Head | undefined }> {
  let authorities = from;
  let last: Head | undefined;
  for (;;) {
    const before = authorities;
    for await (const change of changesFrom(node, authorities, last?.number)) {
      authorities = change.authorities;
      last = change.block;
    }
    if (authorities.setId === before.setId) return { authorities, last };
  }
}

/** One part of the changes, each verified by the set before it. */
async function* changesFrom(
  node: UntrustedNode,
  from: AuthoritySet,
  after = -1,
): AsyncGenerator<{ readonly authorities: AuthoritySet; readonly block: Head }> {
  let authorities = from;
  let number = after;
  for (const [link, each] of (await node.setChanges(from.setId)).links.entries()) {
    const followed = followAuthoritySet({ links: [each] }, authorities);
    if (!followed.ok) throw followed.error;
    if (each.header.number <= number) throw invalidLink(link, 'order');
    if (followed.value.set.setId === authorities.setId) throw invalidLink(link, 'missing-change');
    authorities = followed.value.set;
    number = each.header.number;
    yield { authorities, block: { header: each.header, hash: headerHash(each.header), number } };
  }
}

/**
 * The set that finalized a block of the chain, from the set that is trusted. Throws `LIGHT_SET_UNKNOWN` for blocks before a checkpoint. For a
 * block that is not final yet, the answer is the set of now.
 */
export async function authoritySetOf(node: UntrustedNode, trust: LightTrust, number: number): Promise<AuthoritySet> {
  if (trust.finalized !== undefined && number <= trust.finalized.number) {
    const message = `Block ${number} lies before the checkpoint, so that its voters cannot be proven.`;
    throw new CessError('LIGHT_SET_UNKNOWN', message, { number });
  }
  let { authorities } = trust;
  let last: number | undefined;
  for (;;) {
    const before = authorities;
    for await (const change of changesFrom(node, authorities, last)) {
      // The block that announces a set is the last one of the set before.
      if (number <= change.block.number) return authorities;
      authorities = change.authorities;
      last = change.block.number;
    }
    if (authorities.setId === before.setId) return authorities;
  }
}

/** Checks by its own state that a proven block is of the trusted chain and descends from the block that was final before. */
async function withContext(node: UntrustedNode, state: LightState, proven: Head): Promise<LightState> {
  const ref: BlockRef = { number: proven.number, hash: proven.hash };
  if (proven.number === 0) return { ...state, ref, block: { ...proven, timeMs: 0 } };
  const { BlockHash } = query.System;
  const before = ancestorToCheck(state.ref, proven.number);
  const heights = before === undefined ? [0] : [0, before.number];
  const keys = [query.Timestamp.Now.key(), ...heights.map((height) => BlockHash.key(height))];
  const [time, ...hashes] = await new ProvenState({ ...proven, timeMs: 0 }, node).read(keys);
  const [genesisHash, ancestor] = hashes.map((value) => BlockHash.decodeValue(value));
  invariant(genesisHash !== undefined, 'one value for each key');
  if (state.genesisHash && !equalBytes(state.genesisHash, genesisHash))
    throw wrongChain(state.genesisHash, genesisHash);
  if (before && ancestor && !equalBytes(before.hash, ancestor)) throw conflict(before.number);
  const block = { ...proven, timeMs: Number(query.Timestamp.Now.decodeValue(time)) };
  return { authorities: state.authorities, genesisHash, ref, block };
}

/** The state knows the hashes of recent blocks. Beyond these, the votes alone say that the branch is the same. */
function ancestorToCheck(ref: BlockRef | undefined, number: number): BlockRef | undefined {
  if (ref === undefined || ref.number === 0 || ref.number >= number) return undefined;
  return number - ref.number < BLOCK_HASH_COUNT ? ref : undefined;
}

/** The set after a proven block: it may announce one. */
function announced(header: Header, set: AuthoritySet): AuthoritySet {
  const next = nextSet(header, set);
  if (!next.ok) throw next.error;
  return next.value ?? set;
}

function missingProof(number: number): CessError {
  const message = `The chain node gives no finality proof for block ${number}.`;
  return new CessError('LIGHT_PROOF_MISSING', message, { number });
}

function rewound(number: number, known: number): CessError {
  const message = `The chain node shows block ${number} as the newest finalized one; block ${known} is known to be final.`;
  return new CessError('LIGHT_HEAD_REWOUND', message, { number, known });
}

function conflict(number: number): CessError {
  const message = `Voters finalized two different blocks of height ${number}. Do not rely on this chain before its operators explain it.`;
  return new CessError('LIGHT_FINALITY_CONFLICT', message, { number });
}

function wrongChain(trusted: Uint8Array, shown: Uint8Array): CessError {
  const [expected, found] = [toHex0x(trusted), toHex0x(shown)];
  const message = `The chain node belongs to the chain with genesis ${found}, not to ${expected}.`;
  return new CessError('LIGHT_WRONG_CHAIN', message, { expected, found });
}

function invalidLink(link: number, reason: string): CessError {
  const message = `Link ${link} of the finality proof is invalid: ${reason}.`;
  return new CessError('FINALITY_PROOF_INVALID', message, { link, reason });
}
