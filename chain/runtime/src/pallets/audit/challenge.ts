// What a round asks (docs/protocol/audit.md §3): the same for the runtime in a dispute, the provider, the TEE worker and
// whoever checks them. The callers differ only in where they read the slots from.
import { type Challenge, type ChallengeContext, expandChallenge, selectSlots } from '@cess/proofs';
import type { RoundRef } from '../../shared-types.js';
import type { ChallengeInfo, SlotInfo } from './declaration.js';

/** The registry that a round asks about, and the chain that it is on. */
export type ChallengedRegistry = Omit<RoundRef, 'round'> & { readonly genesis: Uint8Array };

/** A slot that a round asks about, and since when its file is being deleted, if it is. */
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

/** Numbers of the slots that the round looks at, ascending; all of them exist, some may be tombstones. */
export function challengedSlots(
  id: ChallengedRegistry,
  info: Pick<ChallengeInfo, 'seed' | 'round' | 'frozen'>,
): number[] {
  return selectSlots(contextOf(id, info), info.round, info.frozen);
}

/** Those of the slots that were there as of that block. */
export function slotsAsOf(slots: readonly ChallengedSlot[], asOf: number): SlotInfo[] {
  return slots.flatMap(({ slot, fileDeletedAt }) => {
    const goneAt = slot.gone_at ?? fileDeletedAt;
    return goneAt !== undefined && goneAt <= asOf ? [] : [slot];
  });
}

/** The challenge; undefined when nothing is left to ask. `slots`: those of `challengedSlots`, in their order. */
export function challengeAsOf(
  id: ChallengedRegistry,
  info: Pick<ChallengeInfo, 'seed'>,
  slots: readonly ChallengedSlot[],
  asOf: number,
): Challenge | undefined {
  const asked = slotsAsOf(slots, asOf).map(({ tag_id, length }) => ({ id: tag_id, length }));
  return asked.length === 0 ? undefined : expandChallenge(contextOf(id, info), asked);
}
