// Authorship: uncles, valid blocks that came too late to extend the chain and that a later block references for points
// (docs/protocol/r2s.md §7, ADR 91). Invariant: no uncle and no slot of an uncle is referenced twice in a chain.
import { accountId, h256, header } from '@cess/chain-primitives';
import { fixedBytes, struct, u32, u64, vec } from '@cess/codec';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { storageOf } from '../../frame/storage.js';

const id = { name: 'Authorship', index: 10 } as const;
const at = storageOf(id.name);

/** `MAX_UNCLE_DEPTH` and `MAX_UNCLES_PER_BLOCK` of @cess/consensus, checked by a test. */
export const MAX_DEPTH = 7;
export const MAX_UNCLES = 2;
/** The current block, and those from the parent of the lowest uncle on. */
export const KEPT_BLOCKS = MAX_DEPTH + 2;
/** Those of the blocks that are kept: each is after the slot of the lowest one. */
const MAX_REFERENCES = MAX_UNCLES * KEPT_BLOCKS;

const path = (name: string) => ({ path: ['pallet_authorship', name] });
const recentBlock = struct({ number: u32, slot: u64, beacon: fixedBytes(64) }, path('RecentBlock'));
const reference = struct(
  {
    hash: h256,
    slot: u64,
    /** Number of the block that references it. */
    referenced_in: u32,
  },
  path('Reference'),
);

export const authorshipStorage = {
  Recent: at.valueOr(
    'Recent',
    vec(recentBlock, { max: KEPT_BLOCKS }),
    [],
    ['The last blocks, ascending, the current one included, with the beacon after each.'],
  ),
  References: at.valueOr(
    'References',
    vec(reference, { max: MAX_REFERENCES }),
    [],
    ['Uncles that the last blocks reference.'],
  ),
};

export const authorshipEvents = defineEvents(id, {
  UncleReferenced: struct({ hash: h256, author: accountId, referenced_by: accountId }),
});

export const authorshipErrors = defineErrors(id, {
  UnclesSet: 'The block references uncles already.',
  NoUncle: 'There is nothing to reference.',
  UncleInvalid: 'A header is not a valid uncle of this block.',
});

export const authorship = declarePallet({
  id,
  docs: 'Late blocks that later ones reference.',
  storage: authorshipStorage,
  calls: {
    set_uncles: declareCall({
      index: 0,
      docs: 'References late blocks; only as an inherent, at most once per block.',
      args: { uncles: vec(header, { max: MAX_UNCLES }) },
      class: 'Mandatory',
    }),
  },
  events: authorshipEvents,
  errors: authorshipErrors,
  constants: {
    MaxUncleDepth: constant(u32, MAX_DEPTH, 'Blocks that an uncle is at most below the block that references it.'),
    MaxUncles: constant(u32, MAX_UNCLES, 'Uncles of a block.'),
  },
});
