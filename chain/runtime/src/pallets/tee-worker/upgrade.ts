// What TeeWorker reserved in versions before 4.
import type { Context } from '../../frame/context.js';
import type { FormerReserve } from '../../shared-types.js';
import { teeWorkerStorage as storage } from './declaration.js';

export function* formerReserves(ctx: Context): Generator<FormerReserve> {
  for (const [, { controller, staked }] of storage.Workers.entries(ctx, []))
    yield { reason: { type: 'TeeWorker', value: 'Stake' }, who: controller, amount: staked };
}
