// The blocks below a state that was imported, from its block down to the genesis: linked by their hashes, not executed
// (docs/protocol/sync.md §5, ADR 87).
import { findR2sPreDigest, type Header } from '@cess/chain-primitives';
import { headerHash, justificationCodec, verifyJustification } from '@cess/consensus';
import { CessError, equalBytes, toHex } from '@cess/primitives';
import { orderedTrieRoot } from '@cess/state';
import type { KvOperation } from '@cess/store';
import type { ChainSpec } from '../chain-spec.js';
import { decoded } from '../decoded.js';
import { setOfHeight } from './authority-sets.js';
import {
  type BlockPointer,
  type BlockStore,
  putBody,
  putCanonical,
  putHeader,
  putHistoryEnd,
  putJustification,
} from './block-store.js';
import { unknownBeacon } from './state-import.js';

export interface HistoricBlock {
  readonly header: Header;
  readonly body: readonly Uint8Array[];
  readonly justification: Uint8Array | undefined;
}

/**
 * Operations that add blocks, ascending, of which the last is the one at the end of the history. Throws `HISTORY_INVALID` for blocks that are not
 * those which the chain above names.
 */
export function addHistory(
  {
    blocks,
    spec,
    genesisHash,
  }: { readonly blocks: BlockStore; readonly spec: ChainSpec; readonly genesisHash: Uint8Array },
  ascending: readonly HistoricBlock[],
): KvOperation[] {
  let end = blocks.historyEnd();
  const operations: KvOperation[] = [];
  for (const { header, body, justification } of ascending.toReversed()) {
    if (end === undefined) throw invalid(header);
    const hash = headerHash(header);
    const isDue = header.number === end.number && equalBytes(hash, end.hash);
    if (!isDue || !equalBytes(orderedTrieRoot(body, 0), header.extrinsics_root)) throw invalid(header);
    // The header of a change of the voters, and that of the state, are known.
    if (blocks.block(hash) === undefined) {
      const slot = findR2sPreDigest(header.digest.logs)?.slot;
      operations.push(...putHeader(hash, { header, beacon: unknownBeacon, slot }), putCanonical(header.number, hash));
    }
    operations.push(putBody(hash, body));
    if (justification !== undefined && isProof(justification, { number: header.number, hash }, { blocks, spec })) {
      operations.push(putJustification(hash, justification));
    }
    end = header.number === 1 ? undefined : { number: header.number - 1, hash: header.parent_hash };
    if (end === undefined && !equalBytes(header.parent_hash, genesisHash)) throw invalid(header);
  }
  return [...operations, putHistoryEnd(end)];
}

/** What does not hold is left out: the blocks are final without it. */
function isProof(
  encoded: Uint8Array,
  block: BlockPointer,
  { blocks, spec }: { readonly blocks: BlockStore; readonly spec: ChainSpec },
): boolean {
  const justification = decoded(justificationCodec, encoded);
  if (justification === undefined) return false;
  const proven = verifyJustification(justification, setOfHeight(blocks, spec, block.number));
  return proven.ok && equalBytes(proven.value.hash, block.hash);
}

function invalid(header: Header): CessError<'HISTORY_INVALID'> {
  const hash = toHex(headerHash(header));
  return new CessError('HISTORY_INVALID', 'A block is not the one that the chain above it names.', { hash });
}
