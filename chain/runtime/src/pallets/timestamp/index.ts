// Timestamp: the time of the block, set once per block by an inherent. Times rise by at least half a slot.
import { bool, compact, u64 } from '@cess/codec';
import { err, ok, type Result } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { ensureNone, fail } from '../../frame/failure.js';
import { call, constant, definePallet } from '../../frame/pallet.js';
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

function earliest(access: StorageAccess): bigint {
  return timestampStorage.Now.get(access) + timestampStorage.SlotDuration.get(access) / 2n;
}

/** The time that an author sets: its clock, but never less than the rules ask. */
export function nextTimestamp(access: StorageAccess, clockMs: bigint): bigint {
  const least = earliest(access);
  return clockMs > least ? clockMs : least;
}

/** Whether a foreign block's time is acceptable to a clock. */
export function checkTimestamp(now: bigint, clockMs: bigint): Result<undefined, 'TooFarInFuture'> {
  return now > clockMs + MAX_DRIFT_MS ? err('TooFarInFuture') : ok(undefined);
}

export const timestampCalls = {
  set: call({
    index: 0,
    docs: "Sets the block's time; only as an inherent, once per block.",
    args: { now: compact(u64) },
    class: 'Mandatory',
    weight: () => ({ ref_time: 10_000_000n, proof_size: 0n }),
    dispatch: (ctx, origin, { now }) => {
      ensureNone(origin);
      if (timestampStorage.DidUpdate.get(ctx) || now < earliest(ctx)) fail({ type: 'Other' });
      timestampStorage.Now.put(ctx, now);
      timestampStorage.DidUpdate.put(ctx, true);
    },
  }),
};

export const timestampPallet = definePallet({
  id,
  docs: 'The time of the block.',
  storage: timestampStorage,
  calls: timestampCalls,
  constants: { MinimumPeriod: constant(u64, MINIMUM_PERIOD_MS, 'Half of the shortest slot.') },
  hooks: {
    onFinalize: (ctx: Context) => timestampStorage.DidUpdate.kill(ctx),
  },
});
