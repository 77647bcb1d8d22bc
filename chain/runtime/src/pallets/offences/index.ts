// Offences: proven misbehaviour of members, its slashes, and who may cancel them (docs/protocol/r2s.md §8, ADR 82).
import type { Weight } from '@cess/chain-primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { ensureSigned } from '../../frame/failure.js';
import { type CallsOf, definePallet } from '../../frame/pallet.js';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { offencesEvents as events, offences, offencesStorage as storage } from './declaration.js';
import type { OffencesNeeds } from './needs.js';
import { isNews, type OffenceKind, report } from './reports.js';
import { cancelSlash, createOffencesHooks, ensureGovernance } from './slashes.js';

export type { OffencesNeeds } from './needs.js';

export interface OffencesGenesis {
  /** The account that may cancel slashes. Default: none. */
  readonly governance?: Uint8Array | undefined;
}

const weights = weightTable.Offences;
const authorship = weights.report_authorship;

export function createOffences(needs: OffencesNeeds) {
  const reporting = (kind: OffenceKind, weightOf: (proofBytes: number) => Weight) => ({
    weight: ({ proof }: { readonly proof: Uint8Array }) => weightOf(proof.length),
    feeless: (ctx: Context, _who: Uint8Array, { proof }: { readonly proof: Uint8Array }) =>
      isNews(ctx, needs, kind, proof),
    dispatch: (ctx: Context, origin: Parameters<typeof ensureSigned>[0], { proof }: { readonly proof: Uint8Array }) =>
      report(ctx, needs, { kind, proof, reporter: ensureSigned(origin) }),
  });
  const calls: CallsOf<typeof offences> = {
    report_authorship: reporting('Authorship', (bytes) => refTime(authorship.base + authorship.byte * BigInt(bytes))),
    report_votes: reporting('Votes', () => refTime(weights.report_votes.base)),
    cancel_slash: {
      weight: () => refTime(weights.cancel_slash.base),
      dispatch: (ctx, origin, { account, era }) => {
        ensureGovernance(ctx, origin);
        cancelSlash(ctx, needs, account, era);
      },
    },
    set_governance: {
      weight: () => refTime(weights.set_governance.base),
      dispatch: (ctx, origin, { account }) => {
        ensureGovernance(ctx, origin);
        if (account === undefined) storage.Governance.kill(ctx);
        else storage.Governance.put(ctx, account);
        events.deposit(ctx, { type: 'GovernanceChanged', value: { account } });
      },
    },
  };
  return {
    pallet: definePallet(offences, {
      calls,
      hooks: createOffencesHooks(needs),
      genesis: (ctx: Context, { governance }: OffencesGenesis) => {
        if (governance !== undefined) storage.Governance.put(ctx, governance);
      },
    }),
    /** Slashes of the account that wait. */
    openSlashes: (at: StorageAccess, account: Uint8Array) =>
      storage.Deferred.get(at, account).map(({ amount, decided_in }) => ({ amount, decidedIn: decided_in })),
  };
}
