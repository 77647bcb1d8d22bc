// Genesis of Timestamp: the length of a slot.
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { timestampStorage } from './declaration.js';

/** CHAIN-8. */
const PRODUCTION_SLOT_MS = 6000;
const MIN_SLOT_MS = 100;

export interface TimestampGenesis {
  readonly spec: 'development' | 'production';
  readonly slotDurationMs: number;
}

export function buildTimestampGenesis(ctx: Context, { spec, slotDurationMs }: TimestampGenesis): void {
  if (!Number.isSafeInteger(slotDurationMs) || slotDurationMs < MIN_SLOT_MS) refuseGenesis('slots of at least 100 ms');
  if (spec === 'production' && slotDurationMs !== PRODUCTION_SLOT_MS) refuseGenesis('production slots of 6 s');
  timestampStorage.SlotDuration.put(ctx, BigInt(slotDurationMs));
}
