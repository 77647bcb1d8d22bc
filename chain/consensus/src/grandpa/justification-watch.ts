// Equivocations between finality proofs: two proofs of one round and set that name different blocks share more than a third of the
// members, and each of these whose two votes differ has equivocated (GR-62). Where two conflicting blocks are final, this proves it
// without the votes themselves, which voters of other rounds ignore. Bounded.
import { toHex } from '@cess/primitives';
import { type Justification, justificationCodec } from './justification.js';
import type { Ballot } from './round.js';
import type { VoteEquivocation } from './vote-equivocation.js';

/** Rounds whose proofs are kept, and proofs with different targets of each. */
const maxRounds = 256;
const maxTargets = 4;

export class JustificationWatch {
  /** By set and round; the oldest round first. */
  readonly #rounds = new Map<string, Justification[]>();

  /**
   * Takes note of a verified proof of the set. Returns an equivocation for each member that cast another vote in a proof of the
   * same round that was seen before.
   */
  observe(encoded: Uint8Array, setId: bigint): VoteEquivocation[] {
    const justification = justificationCodec.decode(encoded);
    const name = `${setId}/${justification.round}`;
    const seen = this.#rounds.get(name) ?? [];
    const target = toHex(justification.commit.target_hash);
    if (seen.some(({ commit }) => toHex(commit.target_hash) === target)) return [];
    if (seen.length < maxTargets) this.#rounds.set(name, [...seen, justification]);
    const oldest = this.#rounds.keys().next();
    if (this.#rounds.size > maxRounds && !oldest.done) this.#rounds.delete(oldest.value);
    const ballots = ballotsOf(justification);
    const proofs = new Map<string, VoteEquivocation>();
    for (const other of seen) {
      for (const [voter, first] of ballotsOf(other)) {
        const second = ballots.get(voter);
        if (second === undefined || second.target.hash === first.target.hash) continue;
        const place = { setId: Number(setId), round: Number(justification.round), phase: 'precommit' } as const;
        proofs.set(voter, { ...place, voter, first, second });
      }
    }
    return [...proofs.values()];
  }
}

/** One precommit of each voter. */
function ballotsOf({ commit }: Justification): Map<string, Ballot> {
  return new Map(
    commit.precommits.map(({ target_hash, target_number, signature, id }): [string, Ballot] => [
      toHex(id),
      { target: { hash: toHex(target_hash), number: target_number }, signature },
    ]),
  );
}
