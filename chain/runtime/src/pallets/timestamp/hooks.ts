// Hooks of Timestamp: the time of the next block has to be set anew.
import type { Hooks } from '../../frame/pallet.js';
import { timestampStorage } from './declaration.js';

export const timestampHooks: Hooks = {
  onFinalize: (ctx) => timestampStorage.DidUpdate.kill(ctx),
};
