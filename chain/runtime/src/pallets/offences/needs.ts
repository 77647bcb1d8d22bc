// What Offences needs of other pallets.
import type { Schedule } from '@cess/consensus';
import type { Context, StorageAccess } from '../../frame/context.js';

export interface OffencesNeeds {
  era(at: StorageAccess): bigint;
  schedule(at: StorageAccess): Schedule;
  /** Era in which a set of voters began; undefined for one that is too old, or not there yet. */
  eraOfSet(at: StorageAccess, setId: bigint): bigint | undefined;
  /** Candidate that registered a key. */
  ownerOf(at: StorageAccess, key: Uint8Array): Uint8Array | undefined;
  membersOf(
    at: StorageAccess,
    era: bigint,
  ): readonly { readonly account: Uint8Array; readonly stake: bigint }[] | undefined;
  /** Stake and last era with a seat of a candidate. */
  candidate(
    at: StorageAccess,
    account: Uint8Array,
  ): { readonly stake: bigint; readonly lastSeat: bigint | undefined } | undefined;
  rules(at: StorageAccess): { readonly report_eras: number; readonly deferral_eras: number };
  /** Takes the seat of a member, bars it from elections, and seats somebody else. */
  remove(ctx: Context, account: Uint8Array, removed: readonly Uint8Array[]): void;
  reinstate(ctx: Context, account: Uint8Array): void;
  slash(
    ctx: Context,
    order: {
      readonly account: Uint8Array;
      readonly amount: bigint;
      readonly reporter: Uint8Array;
      readonly reward: bigint;
    },
  ): void;
}
