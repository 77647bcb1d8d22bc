// Hooks of Timestamp: the time of the next block has to be set anew.
import type { Hooks } from '../../frame/pallet.js';
import { timestampStorage } from './declaration.js';
import { FINALIZE_WEIGHT } from './weights.js';

export const timestampHooks: Hooks = {
  onFinalize: { weight: FINALIZE_WEIGHT, run: (ctx) => timestampStorage.DidUpdate.kill(ctx) },
};
