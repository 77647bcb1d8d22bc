// Calls of FileBank. Gateways declare in batches; each provider signs once per batch for everything that it holds in it.
import type { Context, Origin } from '../../frame/context.js';
import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import type { FragmentPlace } from '../../shared-types.js';
import { type fileBank, fileBankErrors } from './declaration.js';
import { declareBatch } from './declare.js';
import { deleteFiles } from './delete.js';
import { loseFragments } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { reportPlacement } from './placement.js';
import { areCompletionsDue, claimOrders, completeOrders } from './restoral.js';
import { batchWeight, deletionWeight, ordersWeight, PLACEMENT_WEIGHT } from './weights.js';

const errors = fileBankErrors.byName;

const placesOf = (places: readonly { file_id: Uint8Array; segment: number; fragment: number }[]): FragmentPlace[] =>
  places.map(({ file_id, segment, fragment }) => ({ fileId: file_id, segment, fragment }));

export function createFileBankCalls(needs: FileBankNeeds): CallsOf<typeof fileBank> {
  const minerOfCaller = (ctx: Context, origin: Origin): number => {
    const miner = needs.minerOf(ctx, ensureSigned(origin));
    ensure(miner !== undefined, errors.NotMiner);
    return miner;
  };

  return {
    declare_batch: {
      weight: batchWeight,
      dispatch: (ctx, origin, batch) => declareBatch(ctx, needs, ensureSigned(origin), batch),
    },
    delete_files: {
      weight: deletionWeight,
      dispatch: (ctx, origin, { owner, file_ids }) => deleteFiles(ctx, needs, ensureSigned(origin), owner, file_ids),
    },
    report_placement: {
      weight: () => PLACEMENT_WEIGHT,
      dispatch: (ctx, origin, placement) => reportPlacement(ctx, needs, ensureSigned(origin), placement),
    },
    claim_restoral_orders: {
      weight: ordersWeight,
      dispatch: (ctx, origin, args) => claimOrders(ctx, needs, minerOfCaller(ctx, origin), placesOf(args.places)),
    },
    complete_restoral_orders: {
      weight: ordersWeight,
      feeless: (ctx, who, args) => {
        const miner = needs.minerOf(ctx, who);
        return miner !== undefined && areCompletionsDue(ctx, needs, miner, placesOf(args.places));
      },
      dispatch: (ctx, origin, args) => completeOrders(ctx, needs, minerOfCaller(ctx, origin), placesOf(args.places)),
    },
    report_loss: {
      weight: ordersWeight,
      dispatch: (ctx, origin, args) => {
        const miner = minerOfCaller(ctx, origin);
        const refunds = loseFragments(ctx, needs, miner, placesOf(args.places), 'Lost');
        ensure(refunds.length > 0, errors.NothingToReport);
        needs.payForLoss(ctx, miner, refunds);
      },
    },
  };
}
