import { ensure, ensureSigned } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { type counter, counterErrors, counterEvents, MAX_STEP, counterStorage as storage } from './declaration.js';
import type { CounterNeeds } from './needs.js';
import { COUNT_WEIGHT } from './weights.js';

export function createCounterCalls(needs: CounterNeeds): CallsOf<typeof counter> {
  return {
    count: {
      weight: () => COUNT_WEIGHT,
      dispatch: (ctx, origin, { step }) => {
        const who = ensureSigned(origin);
        ensure(step <= MAX_STEP, counterErrors.byName.StepTooLarge);
        const count = (storage.Counts.get(ctx, who) ?? storage.Start.get(ctx)) + step;
        storage.Counts.put(ctx, who, count);
        counterEvents.deposit(ctx, { type: 'Counted', value: { who, count, block: needs.blockNumber(ctx) } });
      },
    },
  };
}
