// FileBank: every acknowledged file is recorded here within seconds (STORE, data path §5 and §11). Gateways declare in
// batches; each provider signs once per batch for everything that it holds in it.
import { accountId, h256, type Weight } from '@cess/chain-primitives';
import { fixedBytes, u16, u32, vec } from '@cess/codec';
import type { Context, Origin } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import { call, constant, definePallet } from '../../frame/pallet.js';
import { type Batch, declareBatch } from './declare.js';
import { continueDeletions, deleteFiles } from './delete.js';
import { fileBankErrors, fileBankEvents } from './events.js';
import type { Place } from './holders.js';
import { continueDepartures, loseFragments, type Refund } from './losses.js';
import { reportPlacement } from './placement.js';
import { areCompletionsDue, claimOrders, completeOrders } from './restoral.js';
import {
  DELETIONS_PER_BLOCK,
  fileBankId,
  fileBankStorage,
  fileDeclaration,
  fragmentPlace,
  holderAttestation,
  MAX_ATTESTATIONS,
  MAX_FILES,
  MAX_FRAGMENTS,
  MAX_PLACES,
  MAX_SEGMENTS,
} from './types.js';

export interface SpaceUse {
  readonly owner: Uint8Array;
  readonly territory: Uint8Array;
  readonly operator: Uint8Array;
  readonly bytes: bigint;
}

export interface FileBankNeeds {
  genesisHash(ctx: Context): Uint8Array;
  blockNumber(ctx: Context): number;
  /** Whether `operator` is the owner or a gateway that it authorised. */
  mayAct(ctx: Context, owner: Uint8Array, operator: Uint8Array): boolean;
  /** Space of a territory becomes used. */
  chargeSpace(ctx: Context, use: SpaceUse): void;
  returnSpace(ctx: Context, use: SpaceUse & { readonly toQuota: boolean }): void;
  territoryExpired(ctx: Context, owner: Uint8Array, territory: Uint8Array): boolean;
  /** Node key of an active provider; fails for others. */
  nodeKeyOf(ctx: Context, miner: number): Uint8Array;
  addHolding(ctx: Context, miner: number, holding: Holding): void;
  removeHolding(ctx: Context, miner: number, holding: Holding): void;
  minerOf(ctx: Context, account: Uint8Array): number | undefined;
  /** Whether an active provider has so much declared space left. */
  hasSpace(ctx: Context, miner: number, bytes: bigint): boolean;
  isExpelled(ctx: Context, miner: number): boolean;
  /** Blocks for which a restoral order is claimed. */
  claimPeriod(ctx: Context): number;
  blocksPerDay(ctx: Context): number;
  /** Price of a GiB for a day. */
  unitPrice(ctx: Context): bigint;
  /** The tags of a fragment that leaves its holder do not count any more. */
  untag(ctx: Context, miner: number, place: Place, goneAt: number): void;
  /** Block of the last round of the fragment's registry that was passed. */
  lastProven(ctx: Context, miner: number, place: Place): number | undefined;
  /** Pays owners back out of the provider's stake. */
  refund(ctx: Context, miner: number, refunds: readonly Refund[]): void;
  /** As `refund`, with as much again as a slash. */
  payForLoss(ctx: Context, miner: number, refunds: readonly Refund[]): void;
  /** An expelled provider holds nothing any more. */
  endExpulsion(ctx: Context, miner: number): void;
}

export interface Holding {
  readonly bytes: bigint;
  readonly fragments: bigint;
}

const PER_FILE = 150_000_000n;
const PER_SEGMENT = 60_000_000n;
const PER_FRAGMENT = 20_000_000n;
const PER_SIGNATURE = 600_000_000n;

function batchWeight({ files, attestations }: Batch): Weight {
  let segments = 0;
  let fragments = 0;
  for (const file of files) {
    segments += file.segments.length;
    for (const segment of file.segments) fragments += segment.fragments.length;
  }
  const ref_time =
    BigInt(files.length) * PER_FILE +
    BigInt(segments) * PER_SEGMENT +
    BigInt(fragments) * PER_FRAGMENT +
    BigInt(attestations.length) * PER_SIGNATURE;
  return { ref_time, proof_size: 0n };
}

/** Of a restoral order: all fragments of its segment are looked at. */
const PER_ORDER = 2_000_000_000n;

const placesOf = (places: readonly { file_id: Uint8Array; segment: number; fragment: number }[]): Place[] =>
  places.map(({ file_id, segment, fragment }) => ({ fileId: file_id, segment, fragment }));
const ordersWeight = ({ places }: { readonly places: readonly unknown[] }): Weight => ({
  ref_time: PER_ORDER * BigInt(places.length + 1),
  proof_size: 0n,
});

export function createFileBank(needs: FileBankNeeds) {
  const minerOfCaller = (ctx: Context, origin: Origin): number => {
    const miner = needs.minerOf(ctx, ensureSigned(origin));
    ensure(miner !== undefined, fileBankErrors.byName.NotMiner);
    return miner;
  };
  const places = vec(fragmentPlace, { max: MAX_PLACES });

  const calls = {
    declare_batch: call({
      index: 30,
      docs: 'Records files with their segments, fragments and holders; all of the batch or none.',
      args: {
        files: vec(fileDeclaration, { max: MAX_FILES }),
        attestations: vec(holderAttestation, { max: MAX_ATTESTATIONS }),
      },
      weight: batchWeight,
      dispatch: (ctx, origin, batch) => declareBatch(ctx, needs, ensureSigned(origin), batch),
    }),
    delete_files: call({
      index: 31,
      docs: 'Deletes files of an owner; by the owner, an authorised gateway, or anyone once the territory has expired.',
      args: { owner: accountId, file_ids: vec(h256, { max: MAX_FILES }) },
      weight: ({ file_ids }) => ({ ref_time: PER_FILE * BigInt(file_ids.length + 1), proof_size: 0n }),
      dispatch: (ctx, origin, { owner, file_ids }) => deleteFiles(ctx, needs, ensureSigned(origin), owner, file_ids),
    }),
    report_placement: call({
      index: 32,
      docs: 'Names the holder of a fragment that was declared without one.',
      args: { file_id: h256, segment: u32, fragment: u16, miner: u32, signature: fixedBytes(64) },
      weight: () => ({ ref_time: PER_SIGNATURE + BigInt(MAX_FRAGMENTS) * 5_000_000n, proof_size: 0n }),
      dispatch: (ctx, origin, placement) => reportPlacement(ctx, needs, ensureSigned(origin), placement),
    }),
    claim_restoral_orders: call({
      index: 33,
      docs: 'Gives the calling provider those of the orders that it may have; the rest is passed over.',
      args: { places },
      weight: ordersWeight,
      dispatch: (ctx, origin, args) => claimOrders(ctx, needs, minerOfCaller(ctx, origin), placesOf(args.places)),
    }),
    complete_restoral_orders: call({
      index: 34,
      docs: 'The calling provider holds fragments that it claimed.',
      args: { places },
      weight: ordersWeight,
      feeless: (ctx, who, args) => {
        const miner = needs.minerOf(ctx, who);
        return miner !== undefined && areCompletionsDue(ctx, needs, miner, placesOf(args.places));
      },
      dispatch: (ctx, origin, args) => completeOrders(ctx, needs, minerOfCaller(ctx, origin), placesOf(args.places)),
    }),
    report_loss: call({
      index: 35,
      docs: 'The calling provider has lost fragments; it pays their owners back, and as much again.',
      args: { places },
      weight: ordersWeight,
      dispatch: (ctx, origin, args) => {
        const miner = minerOfCaller(ctx, origin);
        const refunds = loseFragments(ctx, needs, miner, placesOf(args.places), 'Lost');
        ensure(refunds.length > 0, fileBankErrors.byName.NothingToReport);
        needs.payForLoss(ctx, miner, refunds);
      },
    }),
  };

  return definePallet({
    id: fileBankId,
    docs: 'The record of every stored file.',
    storage: fileBankStorage,
    calls,
    events: fileBankEvents,
    errors: fileBankErrors,
    constants: {
      FragmentCount: constant(u32, MAX_FRAGMENTS, 'Most fragments of a segment.'),
      SegmentCount: constant(u32, MAX_SEGMENTS, 'Most segments of a file.'),
      BatchFiles: constant(u32, MAX_FILES, 'Most files of a batch.'),
      DeletionsPerBlock: constant(u32, DELETIONS_PER_BLOCK, 'Entries of deleted files that one block removes at most.'),
    },
    hooks: {
      onInitialize: (ctx: Context) => {
        const deleted = BigInt(continueDeletions(ctx, needs)) * PER_FRAGMENT;
        const departed = BigInt(continueDepartures(ctx, needs)) * PER_ORDER;
        return { ref_time: deleted + departed, proof_size: 0n };
      },
    },
  });
}
