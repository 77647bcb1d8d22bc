// Weakened rules: each undoes one defence of the runtime after every block. A game with one of them must fail an oracle; a
// weakening that no oracle notices would show that the games prove nothing about that defence.
import { toHex } from '@cess/primitives';
import type { HoldReason } from '../../hold-reasons.js';
import { query, stakeFor } from '../../index.js';
import type { Game, Weakening } from './game.js';
import { PERIODS } from './game.js';
import { Flooder } from './outsiders.js';
import { AbscondingProvider, ReleasingHoarder, SilentProvider } from './providers.js';

function eachRegistry(game: Game, change: (miner: number, keyId: Uint8Array) => void): void {
  for (const [[miner, keyId]] of [...query.Audit.Registries.entries(game.chain, [])]) change(miner, keyId);
}

/** Gives stake back that a provider has lost. */
function restoreStake(game: Game, index: number): void {
  const info = query.Sminer.Miners.get(game.chain, index);
  if (info === undefined) return;
  const missing = stakeFor(info.declared_space) - info.staked;
  if (missing <= 0n) return;
  query.Sminer.Miners.put(game.chain, index, { ...info, staked: info.staked + missing });
  creditHeld(game, info.account, missing, { type: 'Sminer', value: 'Stake' });
}

function credit(game: Game, account: Uint8Array, amount: bigint): void {
  const info = query.System.Account.get(game.chain, account);
  query.System.Account.put(game.chain, account, { ...info, data: { ...info.data, free: info.data.free + amount } });
}

/** Gives an account tokens that are on hold for a reason. */
function creditHeld(game: Game, account: Uint8Array, amount: bigint, reason: HoldReason): void {
  const info = query.System.Account.get(game.chain, account);
  const data = { ...info.data, reserved: info.data.reserved + amount };
  query.System.Account.put(game.chain, account, { ...info, data });
  const isOfReason = ({ id }: { readonly id: HoldReason }) => id.type === reason.type && id.value === reason.value;
  const holds = query.Balances.Holds.get(game.chain, account);
  const held = (holds.find(isOfReason)?.amount ?? 0n) + amount;
  const others = holds.filter((hold) => !isOfReason(hold));
  query.Balances.Holds.put(game.chain, account, held === 0n ? others : [...others, { id: reason, amount: held }]);
}

/** Frees tokens of an account that are on hold for a reason. */
function releaseHeld(game: Game, account: Uint8Array, amount: bigint, reason: HoldReason): void {
  creditHeld(game, account, -amount, reason);
  credit(game, account, amount);
}

export const WEAKENINGS: readonly Weakening[] = [
  {
    name: 'unanswered rounds give no strikes',
    apply: (game) =>
      eachRegistry(game, (miner, keyId) => {
        const info = query.Audit.Registries.get(game.chain, miner, keyId);
        if (info !== undefined) query.Audit.Registries.put(game.chain, miner, keyId, { ...info, strikes: 0 });
      }),
  },
  {
    name: 'slashes are given back',
    apply: (game) => {
      for (const index of game.dishonest) restoreStake(game, index);
    },
  },
  {
    name: 'dishonest providers are never asked',
    apply: (game) => {
      for (const [[miner, keyId], { deadline, state }] of [...query.Audit.Challenges.entries(game.chain, [])]) {
        if (!game.dishonest.has(miner) || state.type !== 'Open') continue;
        query.Audit.Challenges.remove(game.chain, miner, keyId);
        query.Audit.Deadlines.remove(game.chain, deadline, miner, keyId);
      }
    },
  },
  {
    name: 'verdicts cannot be disputed',
    firstGame: 2,
    apply: (game) => {
      const periods = query.Audit.Periods.get(game.chain);
      if (periods.dispute !== 0) query.Audit.Periods.put(game.chain, { ...PERIODS, dispute: 0 });
    },
  },
  {
    name: 'wrong verdicts cost nothing',
    firstGame: 7,
    apply: (game, events) => {
      for (const { event } of events) {
        if (event.type !== 'TeeWorker' || event.value.type !== 'VerdictWrong') continue;
        const { worker, slashed } = event.value.value;
        const info = query.TeeWorker.Workers.get(game.chain, worker);
        if (info === undefined) continue;
        const restored = slashed + 10n ** 18n;
        query.TeeWorker.Workers.put(game.chain, worker, { ...info, staked: info.staked + restored });
        creditHeld(game, info.controller, restored, { type: 'TeeWorker', value: 'Stake' });
      }
    },
  },
  {
    name: 'the disputer gets more than the worker loses',
    firstGame: 1,
    apply: (game, events) => {
      for (const { event } of events)
        if (event.type === 'Audit' && event.value.type === 'VerdictSubmitted' && !event.value.value.passed)
          credit(game, game.provider(event.value.value.miner).account.publicKey, 10n ** 22n);
    },
  },
  {
    name: 'released orders can be claimed again at once',
    providers: [SilentProvider, ReleasingHoarder],
    holders: 1,
    apply: (game) => {
      for (const [place] of [...query.FileBank.ClaimWaits.entries(game.chain, [])]) {
        query.FileBank.ClaimWaits.remove(game.chain, ...place);
        const order = query.FileBank.RestoralOrders.get(game.chain, ...place);
        if (order?.claim === undefined || order.claim.until >= game.number) continue;
        query.FileBank.RestoralOrders.put(game.chain, ...place, { ...order, claim: undefined });
      }
    },
  },
  {
    name: 'blocks without room for duties count for deadlines',
    firstGame: 1,
    outsiders: (game) => [new Flooder(game, 12)],
    apply: (game) => query.Audit.LostBlocks.put(game.chain, 0),
  },
  {
    name: 'stake unbonds at once',
    providers: [AbscondingProvider, AbscondingProvider],
    holders: 1,
    apply: (game) => {
      for (const [[until, miner], { amount }] of [...query.Sminer.Unbonding.entries(game.chain, [])]) {
        query.Sminer.Unbonding.remove(game.chain, until, miner);
        query.Sminer.UnbondingTotal.remove(game.chain, miner);
        releaseHeld(game, game.provider(miner).account.publicKey, amount, { type: 'Sminer', value: 'Unbonding' });
      }
    },
  },
  {
    name: 'the chain forgets who holds a fragment',
    apply: (game, events) => {
      for (const { event } of events) {
        if (event.type !== 'Audit' || event.value.type !== 'TagsReported') continue;
        const [held] = game.holdingsOf(event.value.value.miner);
        if (held === undefined || toHex(held.fileId) === '') continue;
        query.FileBank.HeldBy.remove(game.chain, event.value.value.miner, held.fileId, 0, held.fragment);
      }
    },
  },
];
