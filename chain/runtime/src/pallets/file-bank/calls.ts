// Calls of FileBank. Gateways declare in batches; each provider signs once per batch for all of its fragments.
import type { Context, Origin } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import type { FragmentPlace } from '../../shared-types.js';
import { type fileBank, fileBankErrors, type RestoredFragment, fileBankStorage as storage } from './declaration.js';
import { declareBatch } from './declare.js';
import { deleteFiles } from './delete.js';
import { loseFragments } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { reportPlacement } from './placement.js';
import {
  areCompletionsDue,
  claimableOrder,
  claimOrders,
  completeOrders,
  isClaimedBy,
  releaseOrders,
} from './restoral.js';
import {
  batchWeight,
  claimsWeight,
  completionsWeight,
  deletionWeight,
  lossesWeight,
  PLACEMENT_WEIGHT,
  releasesWeight,
} from './weights.js';

const errors = fileBankErrors.byName;

interface FragmentPlaceArgs {
  readonly file_id: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
}

const placesOf = (places: readonly FragmentPlaceArgs[]): FragmentPlace[] =>
  places.map(({ file_id, segment, fragment }) => ({ fileId: file_id, segment, fragment }));

const fragmentAt = (ctx: Context, { fileId, segment, fragment }: FragmentPlace) =>
  storage.Fragments.get(ctx, fileId, segment, fragment);

const completionOf = (
  provider: number,
  { key_id, fragments }: { readonly key_id: Uint8Array; readonly fragments: readonly RestoredFragment[] },
) => ({ provider, keyId: key_id, reports: fragments });

export function createFileBankCalls(needs: FileBankNeeds): CallsOf<typeof fileBank> {
  const providerOfCaller = (ctx: Context, origin: Origin): number => {
    const provider = needs.providerOf(ctx, ensureSigned(origin));
    ensure(provider !== undefined, errors.NotMiner);
    return provider;
  };

  /** Whether the caller is a provider, and the condition holds for each of at least one place. */
  const isForAll = (
    ctx: Context,
    who: Uint8Array,
    places: readonly FragmentPlaceArgs[],
    isDue: (provider: number, place: FragmentPlace) => boolean,
  ): boolean => {
    const provider = needs.providerOf(ctx, who);
    return provider !== undefined && places.length > 0 && placesOf(places).every((place) => isDue(provider, place));
  };

  return {
    declare_batch: {
      weight: batchWeight,
      dispatch: (ctx, origin, batch) => batchWeight(batch, declareBatch(ctx, needs, ensureSigned(origin), batch)),
    },
    delete_files: {
      weight: deletionWeight,
      dispatch: (ctx, origin, args) =>
        deletionWeight(args, deleteFiles(ctx, needs, ensureSigned(origin), args.owner, args.file_ids)),
    },
    report_placement: {
      weight: () => PLACEMENT_WEIGHT,
      dispatch: (ctx, origin, placement) => reportPlacement(ctx, needs, ensureSigned(origin), placement),
    },
    claim_restoral_orders: {
      weight: claimsWeight,
      isDuty: (ctx, who, { places }) =>
        isForAll(ctx, who, places, (provider, place) => claimableOrder(ctx, needs, provider, place) !== undefined),
      dispatch: (ctx, origin, args) =>
        claimsWeight(args, claimOrders(ctx, needs, providerOfCaller(ctx, origin), placesOf(args.places))),
    },
    complete_restoral_orders: {
      weight: completionsWeight,
      feeless: (ctx, who, args) => {
        const provider = needs.providerOf(ctx, who);
        return provider !== undefined && areCompletionsDue(ctx, needs, completionOf(provider, args));
      },
      dispatch: (ctx, origin, args) =>
        completionsWeight(args, completeOrders(ctx, needs, completionOf(providerOfCaller(ctx, origin), args))),
    },
    release_restoral_orders: {
      weight: releasesWeight,
      isDuty: (ctx, who, { places }) =>
        isForAll(ctx, who, places, (provider, place) => isClaimedBy(ctx, needs, provider, place)),
      dispatch: (ctx, origin, args) =>
        releasesWeight(args, releaseOrders(ctx, needs, providerOfCaller(ctx, origin), placesOf(args.places))),
    },
    report_loss: {
      weight: lossesWeight,
      isDuty: (ctx, who, { places }) =>
        isForAll(ctx, who, places, (provider, place) => fragmentAt(ctx, place)?.holder === provider),
      dispatch: (ctx, origin, args) => {
        const provider = providerOfCaller(ctx, origin);
        const refunds = loseFragments(ctx, needs, provider, placesOf(args.places), 'Lost');
        ensure(refunds.length > 0, errors.NothingToReport);
        needs.payForLoss(ctx, provider, refunds);
        return lossesWeight(args, refunds.length);
      },
    },
  };
}
