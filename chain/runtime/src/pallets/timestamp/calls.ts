// Calls of Timestamp.
import { ensureNone, fail } from '../../frame/failure.js';
import type { CallsOf } from '../../frame/pallet.js';
import { earliestTimestamp } from './clock.js';
import { timestampStorage as storage, type timestamp } from './declaration.js';
import { SET_WEIGHT } from './weights.js';

export const timestampCalls: CallsOf<typeof timestamp> = {
  set: {
    weight: () => SET_WEIGHT,
    dispatch: (ctx, origin, { now }) => {
      ensureNone(origin);
      if (storage.DidUpdate.get(ctx) || now < earliestTimestamp(ctx)) fail({ type: 'Other' });
      storage.Now.put(ctx, now);
      storage.DidUpdate.put(ctx, true);
    },
  },
};
