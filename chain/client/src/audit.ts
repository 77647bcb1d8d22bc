// @cess/client/audit: a running round of the audit as provider, TEE worker and validators see it (docs/protocol/audit.md §3). Where the values
// come from is the caller's: a node that is trusted, or read proofs.
import { invariant } from '@cess/primitives';
import { type ChallengedRegistry, type ChallengedSlot, challengedSlots } from '@cess/runtime/challenge';
import { type ChallengeInfo, query } from '@cess/runtime/declarations';

export {
  type ChallengedRegistry,
  type ChallengedSlot,
  challengeAsOf,
  slotsAsOf,
} from '@cess/runtime/challenge';

/** Raw storage values of keys, in their order, all at one block. */
export type ReadValues = (keys: readonly Uint8Array[]) => Promise<readonly (Uint8Array | undefined)[]>;

export interface AuditRound {
  readonly info: ChallengeInfo;
  /** The slots that it looks at, for `challengeAsOf`. */
  readonly slots: readonly ChallengedSlot[];
}

/** The running round of a provider under a key; undefined if there is none. */
export async function readAuditRound(
  read: ReadValues,
  { genesis, provider, keyId }: ChallengedRegistry,
): Promise<AuditRound | undefined> {
  const { Challenges, Slots } = query.Audit;
  const { PendingDeletion } = query.FileBank;
  const info = Challenges.decodeValue((await read([Challenges.key(provider, keyId)]))[0]);
  if (info === undefined) return undefined;
  const numbers = challengedSlots({ genesis, provider, keyId }, info);
  const slots = (await read(numbers.map((slot) => Slots.key(provider, keyId, slot)))).map((value) => {
    const slot = Slots.decodeValue(value);
    invariant(slot !== undefined, 'a frozen slot is there while its round is open');
    return slot;
  });
  const deletions = await read(slots.map(({ file_id }) => PendingDeletion.key(file_id)));
  return {
    info,
    slots: slots.map((slot, i) => ({
      slot,
      fileDeletedAt: PendingDeletion.decodeValue(deletions[i])?.deleted_at,
    })),
  };
}
