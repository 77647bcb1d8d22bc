// What Audit needs of other pallets.
import type { Context } from '../../frame/context.js';
import type { FragmentPlace, Hold } from '../../shared-types.js';

/** What FileBank knows of a fragment of a file that is not being deleted. */
export interface FragmentRecord {
  readonly orderId: Uint8Array;
  readonly root: Uint8Array;
  readonly length: number;
  readonly holder: number | undefined;
}

/** A registered tagging key (podr2.md §2). */
interface TagKey {
  /** Index of its TEE worker. */
  readonly worker: number;
  readonly x: Uint8Array;
  readonly x_alpha: Uint8Array;
  readonly srs_hash: Uint8Array;
  /** Whether its worker has left: what it tagged proves nothing any more. */
  readonly isRevoked: boolean;
}

interface Failure {
  readonly outcome: 'Invalid' | 'Conceded';
  readonly places: readonly FragmentPlace[];
  /** The slash base when the question was asked. */
  readonly base: bigint;
}

interface Strike {
  readonly strikes: number;
  readonly isLast: boolean;
  readonly base: bigint;
}

export interface RegistryNeeds {
  /** Bytes that a provider has proven become more or less. */
  changeProven(ctx: Context, provider: number, before: bigint, after: bigint): void;
  /** The tags of a held fragment were removed: it must be tagged again. */
  becameUntagged(ctx: Context, place: FragmentPlace): void;
}

export interface DutyClockNeeds {
  blockNumber(ctx: Context): number;
  /** Whether the block before may have had no room for a duty. */
  dutyRoomExhausted(ctx: Context): boolean;
  /** The finalized height that authors have named; undefined while they have named none. */
  finalizedNumber(ctx: Context): number | undefined;
  /** Time of the block before, in milliseconds. */
  lastBlockTime(ctx: Context): bigint;
  /** Milliseconds. */
  slotDuration(ctx: Context): bigint;
}

export interface AuditNeeds extends RegistryNeeds, DutyClockNeeds {
  genesisHash(ctx: Context): Uint8Array;
  /** Beacon of the current block. */
  beacon(ctx: Context): Uint8Array;
  providerOf(ctx: Context, account: Uint8Array): number | undefined;
  fragmentOf(ctx: Context, place: FragmentPlace): FragmentRecord | undefined;
  /** Since when a file is being deleted. */
  fileDeletedAt(ctx: Context, fileId: Uint8Array): number | undefined;
  /** Whether the provider was expelled: its registries are not asked any more. */
  isExpelled(ctx: Context, provider: number): boolean;
  /** The provider passed a round. */
  passed(ctx: Context, provider: number): void;
  /** Stake that the declared space of the provider needs: what slashes are a share of. */
  slashBase(ctx: Context, provider: number): bigint;
  /** The provider failed a round: its fragments are lost. */
  failed(ctx: Context, provider: number, failure: Failure): void;
  /** The provider left a round unanswered. */
  struck(ctx: Context, provider: number, strike: Strike): void;
  workerOf(ctx: Context, account: Uint8Array): number | undefined;
  /** A registered tagging key. */
  tagKey(ctx: Context, keyId: Uint8Array): TagKey | undefined;
  signerKeyOf(ctx: Context, worker: number): Uint8Array;
  /** Draws an active worker by 32 random bytes, avoiding `except` where possible. */
  drawVerifier(ctx: Context, random: Uint8Array, except?: number): number | undefined;
  /** How many failed verdicts of the worker may stand at a time. */
  failedVerdictLimit(ctx: Context, worker: number): number;
  /** Block in which a verdict of the worker was last found wrong. */
  lastWrongVerdict(ctx: Context, worker: number): number | undefined;
  beginDuty(ctx: Context, worker: number): void;
  endDuty(ctx: Context, worker: number): void;
  noteTagged(ctx: Context, worker: number, bytes: bigint): void;
  noteVerdict(ctx: Context, worker: number, bytes: bigint): void;
  punishMissedDuty(ctx: Context, worker: number): void;
  punishWrongVerdict(ctx: Context, worker: number, disputer: Uint8Array): void;
  /** Deposits of disputes. */
  disputeDeposits: Hold;
  treasury: Uint8Array;
}
