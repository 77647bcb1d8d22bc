// The election of the next era's members, in the first block of the second half of an era's last epoch.
import { type ElectionCandidate, elect } from '@cess/consensus';
import { equalBytes, present } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { type Candidate, stakingEvents as events, stakingStorage as storage } from './declaration.js';
import type { Seat, StakingNeeds } from './needs.js';
import { hasPassedTrials } from './trials.js';

/** Elects and records the members. Returns how many candidates it read. */
export function holdElection(ctx: Context, needs: StakingNeeds): number {
  const { era } = needs.clock(ctx);
  const rules = storage.Rules.get(ctx);
  const candidates = [...storage.Candidates.entries(ctx, [])].map(([[account], candidate]) => ({
    account,
    candidate,
    output: storage.Outputs.get(ctx, account),
  }));
  const incumbents = needs.holders(ctx);
  const result = elect(
    candidates.map(
      ({ account, candidate, output }): ElectionCandidate => ({
        account,
        stake: candidate.stake,
        credit: needs.creditOf(ctx, account, era),
        vrfOutput: output,
        erasInPool: Number(era - candidate.entered_in),
        mayServe: candidate.state === 'Active',
        hasPassedTrials: hasPassedTrials(ctx, needs, account),
      }),
    ),
    incumbents.map(({ account }) => account),
    {
      seats: rules.seats,
      minimumMembers: rules.minimum_members,
      minimumStake: rules.minimum_stake,
      creditThreshold: rules.credit_threshold,
    },
  );
  const keyOf = (account: Uint8Array): Uint8Array => {
    const own: Candidate | undefined = candidates.find((each) => equalBytes(each.account, account))?.candidate;
    const seated = incumbents.find((each) => equalBytes(each.account, account));
    return present(own?.key ?? seated?.key, 'whoever is elected has a key');
  };
  const seatOf = (account: Uint8Array): Seat => ({ account, key: keyOf(account) });
  needs.recordElection(ctx, result.members.map(seatOf));
  storage.NextPool.put(ctx, result.pool.map(seatOf));
  for (const { account, output } of candidates) if (output !== undefined) storage.Outputs.remove(ctx, account);
  const members = [...result.members];
  storage.LastElection.put(ctx, {
    era: era + 1n,
    outcome: result.outcome,
    members,
    ranking: result.ranking.map(({ candidate, score, stakeScore, vrfScore }) => ({
      account: candidate.account,
      score,
      credit: candidate.credit,
      stake_score: stakeScore,
      vrf_score: vrfScore,
    })),
  });
  events.deposit(ctx, {
    type: 'ElectionHeld',
    value: { era: era + 1n, outcome: result.outcome, members, candidates: candidates.length },
  });
  return candidates.length;
}
