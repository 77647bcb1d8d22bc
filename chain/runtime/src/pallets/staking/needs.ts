// What Staking needs of other pallets.
import type { EraClock, Schedule } from '@cess/consensus';
import type { Context, StorageAccess } from '../../frame/context.js';
import type { Hold } from '../../shared-types.js';

/** An account and the key that it authors with. */
export interface Seat {
  readonly account: Uint8Array;
  readonly key: Uint8Array;
}

export interface StakingNeeds {
  stake: Hold;
  genesisHash(at: StorageAccess): Uint8Array;
  /** Slot of the current block. */
  currentSlot(at: StorageAccess): bigint;
  blockNumber(at: StorageAccess): number;
  /** Beacon after the current block. */
  beacon(at: StorageAccess): Uint8Array;
  /** Prefixes of the maps from which trials take values. */
  sampledMaps: readonly Uint8Array[];
  clock(at: StorageAccess): EraClock;
  schedule(at: StorageAccess): Schedule;
  author(at: StorageAccess): Uint8Array | undefined;
  /** Who has a seat now. */
  holders(at: StorageAccess): readonly Seat[];
  /** With whom the era began, by account id. */
  members(at: StorageAccess): readonly Seat[];
  missed(at: StorageAccess): readonly { readonly account: Uint8Array; readonly slots: number }[];
  isElectionDue(at: StorageAccess): boolean;
  recordElection(ctx: Context, members: readonly Seat[]): void;
  /** Credit for an election in this era, 0 to 1000. */
  creditOf(at: StorageAccess, account: Uint8Array, era: bigint): number;
  /** The account is no candidate any more. */
  forgetCredit(ctx: Context, account: Uint8Array): void;
  /** Slashes of the candidate that were decided and are not taken yet. */
  openSlashes(
    at: StorageAccess,
    account: Uint8Array,
  ): readonly { readonly amount: bigint; readonly decidedIn: bigint }[];
  /** Pays from the pot of rewards; returns what was paid. */
  payReward(ctx: Context, to: Uint8Array, amount: bigint): bigint;
  /** What the pot of rewards has. */
  rewardPot(ctx: Context): bigint;
  treasury: Uint8Array;
  /** Gives an account of the genesis tokens. */
  issue(ctx: Context, who: Uint8Array, amount: bigint): void;
}
