// What happens when an era begins: the reward of the one before is divided by points, its members are recorded with their stake, and
// the pool of replacements is the one of its election (docs/protocol/r2s.md §9).
import { pointsOf, settleEra } from '@cess/consensus';
import { elementAt, equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { stakingEvents as events, KEPT_ERAS, type MemberPoints, stakingStorage as storage } from './declaration.js';
import type { StakingNeeds } from './needs.js';

const nothing = { blocks: 0, uncle_references: 0, referenced_uncles: 0, missed: 0 };

/** Changes what is noted of a member in the current era. */
function notePoints(ctx: Context, account: Uint8Array, change: (before: MemberPoints) => MemberPoints): void {
  const points = storage.Points.get(ctx);
  const index = points.findIndex((each) => equalBytes(each.account, account));
  const after = change(points[index] ?? { account, ...nothing });
  storage.Points.put(ctx, index < 0 ? [...points, after] : points.with(index, after));
}

function total({ blocks, uncle_references, referenced_uncles }: MemberPoints): number {
  return pointsOf({ blocks, uncleReferences: uncle_references, referencedUncles: referenced_uncles });
}

/** Ends the era before and begins that of the clock. Returns how many members it worked on. */
export function beginEra(ctx: Context, needs: StakingNeeds): number {
  const { era } = needs.clock(ctx);
  const settled = payEra(ctx, needs, storage.CurrentEra.get(ctx));
  storage.CurrentEra.put(ctx, era);
  storage.Points.kill(ctx);
  storage.Pool.put(ctx, storage.NextPool.get(ctx));
  storage.NextPool.kill(ctx);
  recordMembers(ctx, needs, era);
  if (era >= BigInt(KEPT_ERAS)) storage.EraMembers.remove(ctx, era - BigInt(KEPT_ERAS));
  return settled + needs.members(ctx).length;
}

/** Records the members of an era that begins, and that they have a seat in it. */
export function recordMembers(ctx: Context, needs: StakingNeeds, era: bigint): void {
  const members = needs.members(ctx).map(({ account, key }) => {
    const candidate = storage.Candidates.get(ctx, account);
    if (candidate !== undefined) storage.Candidates.put(ctx, account, { ...candidate, last_seat: era });
    return { account, key, stake: candidate?.stake ?? 0n };
  });
  storage.EraMembers.put(ctx, era, members);
}

function payEra(ctx: Context, needs: StakingNeeds, era: bigint): number {
  const members = storage.Points.get(ctx);
  const [configured, available] = [storage.Rules.get(ctx).era_reward, needs.rewardPot(ctx)];
  const reward = configured < available ? configured : available;
  // Tips have been paid to the author with each transaction.
  const { incomes } = settleEra(
    reward,
    members.map((member) => ({ account: member.account, points: total(member), tips: 0n })),
  );
  let paid = 0n;
  for (const [index, { account }] of members.entries())
    paid += needs.payReward(ctx, account, elementAt(incomes, index));
  const points = members.reduce((sum, member) => sum + total(member), 0);
  if (points > 0) events.deposit(ctx, { type: 'EraPaid', value: { era, paid, points } });
  return members.length;
}

/** The points of the block itself: its author, and whoever let slots pass before it. */
export function noteBlock(ctx: Context, needs: StakingNeeds): void {
  const author = needs.author(ctx);
  if (author !== undefined) notePoints(ctx, author, (before) => ({ ...before, blocks: before.blocks + 1 }));
  for (const { account, slots } of needs.missed(ctx)) {
    notePoints(ctx, account, (before) => ({ ...before, missed: before.missed + slots }));
  }
}

/** The points of an uncle: for the author of the block that references it, and for its own. */
export function noteUncle(ctx: Context, referencedBy: Uint8Array, author: Uint8Array): void {
  notePoints(ctx, referencedBy, (before) => ({ ...before, uncle_references: before.uncle_references + 1 }));
  notePoints(ctx, author, (before) => ({ ...before, referenced_uncles: before.referenced_uncles + 1 }));
}
