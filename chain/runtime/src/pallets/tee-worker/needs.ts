// What TeeWorker needs of other pallets.
import type { Context, StorageAccess } from '../../frame/context.js';
import type { Hold } from '../../shared-types.js';

export interface PunishmentNeeds {
  /** Stake of workers. */
  stake: Hold;
  treasury: Uint8Array;
  blockNumber(ctx: Context): number;
}

export interface TeeWorkerNeeds extends PunishmentNeeds {
  /** Deposits for records of workers and tagging keys. */
  records: Hold;
  genesisHash(ctx: Context): Uint8Array;
  /** Whether the account is a candidate that has no seat now, and could have one. */
  awaitsSeat(at: StorageAccess, account: Uint8Array): boolean;
}
