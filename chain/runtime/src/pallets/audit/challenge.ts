// What a round asks (docs/protocol/audit.md §3). Runtime, provider, TEE worker and validators compute the same; they differ
// only in where they read the slots from.
import { type Challenge, type ChallengeContext, expandChallenge, selectSlots } from '@cess/proofs';
import type { RoundRef } from '../../shared-types.js';
import type { ChallengeInfo, SlotInfo } from './declaration.js';

/** The registry that a round asks about, and the chain that it is on. */
export type ChallengedRegistry = Omit<RoundRef, 'round'> & { readonly genesis: Uint8Array };

/** A slot that a round asks about, and the block at which its file was deleted, if it was. */
export interface ChallengedSlot {
  readonly slot: SlotInfo;
  readonly fileDeletedAt: number | undefined;
}

function contextOf(
  { genesis, provider, keyId }: ChallengedRegistry,
  { seed }: Pick<ChallengeInfo, 'seed'>,
): ChallengeContext {
  return { genesis, seed, provider, keyId };
}

/** Numbers of the slots that the round selects, ascending; all exist, some may be tombstones. */
export function challengedSlots(
  id: ChallengedRegistry,
  info: Pick<ChallengeInfo, 'seed' | 'round' | 'frozen'>,
): number[] {
  return selectSlots(contextOf(id, info), info.round, info.frozen);
}

/** The slots that existed as of that block. */
export function slotsAsOf(slots: readonly ChallengedSlot[], asOf: number): SlotInfo[] {
  return slots.flatMap(({ slot, fileDeletedAt }) => {
    const goneAt = slot.gone_at ?? fileDeletedAt;
    return goneAt !== undefined && goneAt <= asOf ? [] : [slot];
  });
}

/**
 * The challenge; undefined when no slot is left. `slots`: those of `challengedSlots`, in their order. The blocks of a
 * fragment do not depend on which others are gone.
 */
export function challengeAsOf(
  id: ChallengedRegistry,
  info: Pick<ChallengeInfo, 'seed'>,
  slots: readonly ChallengedSlot[],
  asOf: number,
): Challenge | undefined {
  const asked = slotsAsOf(slots, asOf).map(({ tag_id, length }) => ({ id: tag_id, length }));
  return asked.length === 0 ? undefined : expandChallenge(contextOf(id, info), asked, slots.length);
}
