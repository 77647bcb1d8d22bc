// Hooks of FileBank: pending deletions and departures continue in every block.
import type { Hooks } from '../../frame/pallet.js';
import { continueDeletions } from './delete.js';
import { continueDepartures } from './losses.js';
import type { FileBankNeeds } from './needs.js';
import { upkeepWeight } from './weights.js';

export function createFileBankHooks(needs: FileBankNeeds): Hooks {
  return {
    onInitialize: (ctx) => {
      const removed = continueDeletions(ctx, needs);
      return upkeepWeight(removed, continueDepartures(ctx, needs));
    },
  };
}
