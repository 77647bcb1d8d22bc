// Genesis of Session: the authorities of the specification are the members of era 0. A chain from a version before 7 begins its
// era 0 with the block that migrates it.
import { startEraClock } from '@cess/consensus';
import { compareBytes, toHex } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { toClockValue } from './clock.js';
import { BEACON_BYTES, type Member, sessionStorage as storage } from './declaration.js';

export interface SessionGenesis {
  /** Members of era 0: ed25519 key and account. */
  readonly authorities: readonly Member[];
  /** 64-byte start of the beacon. */
  readonly beacon: Uint8Array;
  /** Slots of an epoch, and epochs of an era. Default: 600 and 6. */
  readonly periods?: { readonly slotsPerEpoch: number; readonly epochsPerEra: number } | undefined;
}

export function buildSessionGenesis(ctx: Context, { authorities, beacon, periods }: SessionGenesis): void {
  if (authorities.length === 0) refuseGenesis('at least one authority');
  if (beacon.length !== BEACON_BYTES) refuseGenesis(`a beacon of ${BEACON_BYTES} bytes`);
  for (const field of ['account', 'key'] as const) {
    const distinct = new Set(authorities.map((authority) => toHex(authority[field])));
    if (distinct.size < authorities.length) refuseGenesis(`each authority has another ${field}`);
  }
  if (periods !== undefined) {
    const { slotsPerEpoch, epochsPerEra } = periods;
    const isValid = [slotsPerEpoch, epochsPerEra].every((length) => Number.isSafeInteger(length) && length > 0);
    if (!isValid || slotsPerEpoch < 2) refuseGenesis('epochs of at least 2 slots, eras of at least 1 epoch');
    storage.Periods.put(ctx, { slots_per_epoch: slotsPerEpoch, epochs_per_era: epochsPerEra });
  }
  startClock(ctx, authorities, beacon);
}

/** Seats the members of era 0. */
export function startClock(ctx: Context, members: readonly Member[], beacon: Uint8Array): void {
  const accounts = members.map(({ account }) => account);
  storage.Clock.put(ctx, toClockValue(startEraClock(accounts, beacon), members));
  storage.Members.put(
    ctx,
    members.toSorted((a, b) => compareBytes(a.account, b.account)),
  );
}
