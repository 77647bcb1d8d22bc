// Timestamp: the time of the block, set once per block by an inherent. Times rise by at least half a slot.
import { bool, compact, u64 } from '@cess/codec';
import { constant, declareCall, declarePallet } from '../../frame/declaration.js';
import { storageOf } from '../../frame/storage.js';

const id = { name: 'Timestamp', index: 3 } as const;
const at = storageOf(id.name);

/** A block may be at most this far ahead of the clock of whoever checks it. */
export const MAX_DRIFT_MS = 30_000n;
/** Half of the shortest slot of any spec; what counts is `Timestamp.SlotDuration`. */
const MINIMUM_PERIOD_MS = 500n;

export const timestampStorage = {
  Now: at.valueOr('Now', u64, 0n, ['Milliseconds since the Unix epoch, of the current block.']),
  DidUpdate: at.valueOr('DidUpdate', bool, false, ['Whether the time was set in this block.']),
  SlotDuration: at.valueOr('SlotDuration', u64, 6000n, ['Milliseconds per slot, fixed at genesis.']),
};

export const timestamp = declarePallet({
  id,
  docs: 'The time of the block.',
  storage: timestampStorage,
  calls: {
    set: declareCall({
      index: 0,
      docs: "Sets the block's time; only as an inherent, once per block.",
      args: { now: compact(u64) },
      class: 'Mandatory',
    }),
  },
  constants: { MinimumPeriod: constant(u64, MINIMUM_PERIOD_MS, 'Half of the shortest slot.') },
});
