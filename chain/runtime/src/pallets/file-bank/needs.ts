// What FileBank needs of other pallets.
import type { Context, StorageAccess } from '../../frame/context.js';
import type { FragmentPlace, Hold, Holding, Refund } from '../../shared-types.js';
import type { RestoredFragment } from './declaration.js';

interface Tag {
  readonly keyId: Uint8Array;
  readonly taggedAt: number;
}

/** Tags of fragments that one provider restored, signed by the enclave of one tagging key. */
export interface TagClaim {
  readonly provider: number;
  readonly keyId: Uint8Array;
  readonly reports: readonly RestoredFragment[];
}

interface SpaceUse {
  readonly owner: Uint8Array;
  readonly territory: Uint8Array;
  readonly operator: Uint8Array;
  readonly bytes: bigint;
}

export interface FileBankNeeds {
  genesisHash(ctx: Context): Uint8Array;
  blockNumber(ctx: Context): number;
  /** Whether `operator` is the owner or a gateway that it authorised. */
  mayAct(ctx: Context, owner: Uint8Array, operator: Uint8Array): boolean;
  /** Space of a territory becomes used. */
  chargeSpace(ctx: Context, use: SpaceUse): void;
  returnSpace(ctx: Context, use: SpaceUse & { readonly toQuota: boolean }): void;
  territoryExpired(ctx: Context, owner: Uint8Array, territory: Uint8Array): boolean;
  /** Declared space that an active provider has left; undefined for others. */
  freeSpace(ctx: Context, provider: number): bigint | undefined;
  /** Node key of an active provider; fails for others. */
  nodeKeyOf(ctx: Context, provider: number): Uint8Array;
  addHolding(ctx: Context, provider: number, holding: Holding): void;
  removeHolding(ctx: Context, provider: number, holding: Holding): void;
  providerOf(ctx: Context, account: Uint8Array): number | undefined;
  /** Whether the provider is active and has this much declared space left. */
  hasSpace(ctx: Context, provider: number, bytes: bigint): boolean;
  isExpelled(ctx: Context, provider: number): boolean;
  /** Blocks for which a restoral order is claimed. */
  claimPeriod(ctx: Context): number;
  blocksPerDay(ctx: Context): number;
  /** Price of a GiB for a day. */
  unitPrice(ctx: Context): bigint;
  /** Removes the tags of a fragment that leaves its holder. */
  untag(ctx: Context, provider: number, place: FragmentPlace, goneAt: number): void;
  /** Whether the enclave signed the tags of every fragment for this provider, whether or not it is the holder yet. */
  areTagsSigned(ctx: Context, claim: TagClaim): boolean;
  /** Records the tags of fragments that the provider holds; fails for wrong signatures. */
  reportTags(ctx: Context, claim: TagClaim): unknown;
  /** Counts the blocks in which duties had room. */
  deadlineClock(ctx: Context): number;
  /** Takes this much from a provider's stake for the treasury. */
  fine(ctx: Context, provider: number, amount: bigint): void;
  /** Under which key a fragment is tagged, and since when. */
  tagOf(at: StorageAccess, place: FragmentPlace): Tag | undefined;
  /** Block that opened the last round that the provider passed for its registry under that key. */
  passedAt(at: StorageAccess, provider: number, keyId: Uint8Array): number | undefined;
  /** Deposits for holes. */
  holeDeposits: Hold;
  /** Deposits for records of files. */
  recordDeposits: Hold;
  accountOf(ctx: Context, provider: number): Uint8Array;
  /** Refunds owners from the provider's stake. */
  refund(ctx: Context, provider: number, refunds: readonly Refund[]): void;
  /** Refunds owners and slashes the same amount again. */
  payForLoss(ctx: Context, provider: number, refunds: readonly Refund[]): void;
  /** Ends the expulsion of a provider that holds nothing. */
  endExpulsion(ctx: Context, provider: number): void;
}
