// Points and the reward of an era (docs/protocol/r2s.md §9, R2S-9; white paper §5.6). The reward is divided by points, whatever the
// stake; tips belong to the author whose block contains the transaction. No unit is lost or made.
import { compareBytes, elementAt, invariant } from '@cess/primitives';

/** Points of the author of a block of the chain, of the author that references an uncle, and of the uncle's author. */
export const ERA_POINTS = { block: 20, uncleReference: 2, referencedUncle: 1 } as const;

/** What a member did in an era. */
export interface Authorship {
  readonly blocks: number;
  readonly uncleReferences: number;
  readonly referencedUncles: number;
}

export function pointsOf({ blocks, uncleReferences, referencedUncles }: Authorship): number {
  const { block, uncleReference, referencedUncle } = ERA_POINTS;
  return block * blocks + uncleReference * uncleReferences + referencedUncle * referencedUncles;
}

export interface MemberEra {
  /** 32 bytes. */
  readonly account: Uint8Array;
  readonly points: number;
  /** Tips of the transactions in its blocks, in the smallest unit. */
  readonly tips: bigint;
}

export interface Settlement {
  /** Share and tips of each member, in the order of the input. */
  readonly incomes: readonly bigint[];
  /** The whole reward if nobody has points, else 0. It stays where the reward comes from. */
  readonly undistributed: bigint;
}

/** What each member of an era earns. Together the parts are the reward and all tips. */
export function settleEra(reward: bigint, members: readonly MemberEra[]): Settlement {
  const total = BigInt(members.reduce((sum, { points }) => sum + points, 0));
  if (total === 0n) return { incomes: members.map(({ tips }) => tips), undistributed: reward };
  const shares = divideByPoints(reward, members, total);
  return { incomes: members.map(({ tips }, i) => tips + elementAt(shares, i)), undistributed: 0n };
}

/**
 * Largest remainders: everyone gets floor(reward · points / total); the units that are left, fewer than members with points, go one
 * each to the largest remainders, on a tie to the lower account id.
 */
function divideByPoints(reward: bigint, members: readonly MemberEra[], total: bigint): bigint[] {
  invariant(reward >= 0n, 'a reward is not negative');
  const parts = members.map(({ account, points }, index) => {
    invariant(Number.isSafeInteger(points) && points >= 0, 'points are counted');
    const product = reward * BigInt(points);
    return { account, index, share: product / total, remainder: product % total };
  });
  const shares = parts.map(({ share }) => share);
  const left = Number(reward - shares.reduce((sum, share) => sum + share, 0n));
  const byRemainder = parts.toSorted(
    (a, b) =>
      Number(b.remainder > a.remainder) - Number(b.remainder < a.remainder) || compareBytes(a.account, b.account),
  );
  for (const { index } of byRemainder.slice(0, left)) shares[index] = elementAt(shares, index) + 1n;
  return shares;
}
