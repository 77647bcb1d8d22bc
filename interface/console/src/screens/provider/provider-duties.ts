// What whoever runs a provider should do now, from what the chain records of it (docs/protocol/audit.md §4 to §6). Pure.
import { EXPELLING_FAILURES, TOLERATED_STRIKES } from '@cess/client';
import type { ProviderState, ShownRegistry } from '../../api/provider.js';
import { byUrgency, type Duty } from '../operator/duty.js';

/** From this share of the declared space on, it is nearly used up. */
const nearlyFull = 0.9;

export function providerDuties(provider: ProviderState): readonly Duty[] {
  return byUrgency([
    ...stateDuties(provider),
    ...stakeDuties(provider),
    ...provider.registries.flatMap((registry) => registryDuties(registry, provider.block)),
    ...failureDuties(provider),
    ...workDuties(provider),
    ...unbondingDuties(provider),
  ]);
}

/** Collateral that ends the freezing: all debt, and half of the stake that the declared space needs. */
export function thawingAmount({ stake, requiredStake, debt }: ProviderState): bigint {
  const half = (requiredStake + 1n) / 2n;
  const missing = (half > stake ? half - stake : 0n) + debt;
  return missing > 0n ? missing : 1n;
}

function stateDuties(provider: ProviderState): Duty[] {
  const { state, fragments, failures, registries } = provider;
  switch (state) {
    case 'Positive':
      return [];
    case 'Exited':
      return [{ tone: 'info', text: 'provider.do.left' }];
    case 'Frozen': {
      const text = provider.debt > 0n ? 'provider.do.frozen.debt' : 'provider.do.frozen.stake';
      const { stake, requiredStake: required, debt } = provider;
      return [{ tone: 'bad', text, values: { stake, required, debt, amount: thawingAmount(provider) } }];
    }
    case 'Expelled': {
      const isFailed = failures >= EXPELLING_FAILURES;
      return [
        {
          tone: 'bad',
          text: isFailed ? 'provider.do.expelled.failed' : 'provider.do.expelled.struck',
          values: { failures, fragments },
        },
      ];
    }
    case 'Exiting': {
      if (fragments > 0) return [{ tone: 'warn', text: 'provider.do.exiting', values: { fragments } }];
      const open = registries.filter(({ round, openSince }) => round !== undefined || openSince !== undefined).length;
      return open > 0
        ? [{ tone: 'warn', text: 'provider.do.exiting.rounds', values: { rounds: open } }]
        : [{ tone: 'warn', text: 'provider.do.exiting.done' }];
    }
  }
}

function stakeDuties({ state, stake, requiredStake, debt }: ProviderState): Duty[] {
  if (state === 'Exited' || state === 'Frozen') return [];
  const duties: Duty[] = [];
  if (debt > 0n) duties.push({ tone: 'warn', text: 'provider.do.debt', values: { debt } });
  if (state === 'Positive' && stake < requiredStake) {
    const values = { stake, required: requiredStake, amount: requiredStake - stake };
    duties.push({ tone: 'warn', text: 'provider.do.stake', values });
  }
  return duties;
}

function registryDuties({ round, openSince, strikes }: ShownRegistry, block: number): Duty[] {
  const duties: Duty[] = [];
  if (round?.stage === 'Open') {
    const values = { round: round.number, block: round.until, left: Math.max(0, round.until - block) };
    const isOver = round.until < block;
    duties.push({ tone: 'warn', text: isOver ? 'provider.do.proof.over' : 'provider.do.proof', values });
  }
  if (round?.stage === 'Judged' && !round.passed) {
    const values = { round: round.number, worker: round.worker, block: round.until };
    duties.push({ tone: 'bad', text: 'provider.do.verdict', values });
  }
  if (round === undefined && openSince !== undefined) {
    duties.push({ tone: 'warn', text: 'provider.do.question', values: { block: openSince } });
  }
  if (strikes > 0) {
    duties.push({ tone: 'bad', text: 'provider.do.strikes', values: { strikes, limit: TOLERATED_STRIKES + 1 } });
  }
  return duties;
}

function failureDuties({ state, failures }: ProviderState): Duty[] {
  if (failures === 0 || state === 'Expelled' || state === 'Exited') return [];
  return [{ tone: 'bad', text: 'provider.do.failures', values: { failures, limit: EXPELLING_FAILURES } }];
}

function workDuties({ state, claims, fragments, tagged, declaredBytes, heldBytes }: ProviderState): Duty[] {
  const duties: Duty[] = [];
  const [first] = claims;
  if (first !== undefined) {
    duties.push({ tone: 'info', text: 'provider.do.claims', values: { count: claims.length, block: first.until } });
  }
  if (state === 'Expelled' || state === 'Exited') return duties;
  if (tagged < fragments) {
    duties.push({ tone: 'info', text: 'provider.do.untagged', values: { count: fragments - tagged } });
  }
  if (state === 'Positive' && heldBytes >= declaredBytes * nearlyFull) {
    const values = { free: { bytes: declaredBytes - heldBytes }, declared: { bytes: declaredBytes } };
    duties.push({ tone: 'warn', text: 'provider.do.space', values });
  }
  return duties;
}

function unbondingDuties({ unbonding, releases }: ProviderState): Duty[] {
  if (unbonding === 0n || releases === undefined) return [];
  return [{ tone: 'info', text: 'provider.do.unbonding', values: { amount: unbonding, block: releases.last } }];
}
