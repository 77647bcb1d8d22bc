// Offences: proofs that a member made two blocks in a slot or voted twice, what they cost, and the origin that may cancel a slash
// (docs/protocol/r2s.md §8, ADR 82).
import { accountId, balance } from '@cess/chain-primitives';
import { bytes, enumeration, option, struct, u64, vec } from '@cess/codec';
import { declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, storageOf, twoxConcat } from '../../frame/storage.js';

const id = { name: 'Offences', index: 25 } as const;
const at = storageOf(id.name);

/** Key, slot and two headers of 64 KiB: `MAX_EQUIVOCATION_BYTES` of @cess/consensus, checked by a test. */
export const MAX_AUTHORSHIP_PROOF_BYTES = 131_112;
const MAX_VOTE_PROOF_BYTES = 512;
const MAX_MEMBERS = 1024;
/** Slashes of a candidate that wait: one for each offender of an era, every time that another one is found. */
const MAX_DEFERRED = 256;

const path = (name: string) => ({ path: ['pallet_offences', name] });
const offender = struct({ account: accountId, stake: balance, taken: balance }, path('Offender'));
const deferred = struct(
  {
    amount: balance,
    /** Era of the offence, and that in which the slash was decided. */
    offence_era: u64,
    decided_in: u64,
    reporter: accountId,
  },
  path('DeferredSlash'),
);
const kind = enumeration(['Authorship', 'Votes'], path('OffenceKind'));

export const offencesStorage = {
  Governance: at.value('Governance', accountId, [
    'The account that may cancel slashes: named by the genesis, and by itself from then on. None: no slash can be cancelled.',
  ]),
  Offenders: at.mapOr(
    'Offenders',
    [twoxConcat(u64)],
    vec(offender, { max: MAX_MEMBERS }),
    [],
    ['Who misbehaved in an era, its stake then, and what it lost for it.'],
  ),
  Deferred: at.mapOr(
    'Deferred',
    [blake2Concat(accountId)],
    vec(deferred, { max: MAX_DEFERRED }),
    [],
    ['Slashes that were decided and have not taken effect.'],
  ),
  Due: at.mapOr(
    'Due',
    [twoxConcat(u64)],
    vec(accountId, { max: MAX_MEMBERS }),
    [],
    ['Whose slashes take effect in an era.'],
  ),
  AppliedTo: at.valueOr('AppliedTo', u64, 0n, ['Era up to which slashes have taken effect.']),
};

export const offencesEvents = defineEvents(id, {
  OffenceReported: struct({ kind, account: accountId, era: u64, reporter: accountId }),
  SlashDecided: struct({ account: accountId, amount: balance, effective_in: u64 }),
  SlashCancelled: struct({ account: accountId, amount: balance }),
  GovernanceChanged: struct({ account: option(accountId) }),
});

export const offencesErrors = defineErrors(id, {
  ProofInvalid: 'The proof does not hold.',
  NotMember: 'The key is of no member of the era of the offence.',
  TooOld: 'The offence is too old to be reported.',
  AlreadyReported: 'The member was reported for this era already.',
  NotGovernance: 'Only the governance account of the chain may do this.',
  NoSuchSlash: 'No slash of this account for this era waits.',
});

export const offences = declarePallet({
  id,
  docs: 'Misbehaviour of members, its proofs and its price.',
  storage: offencesStorage,
  calls: {
    report_authorship: declareCall({
      index: 0,
      docs: 'Reports that a member made two blocks in one slot; free if the proof holds.',
      args: { proof: bytes({ max: MAX_AUTHORSHIP_PROOF_BYTES }) },
    }),
    report_votes: declareCall({
      index: 1,
      docs: 'Reports that a member voted twice in one phase of a round; free if the proof holds.',
      args: { proof: bytes({ max: MAX_VOTE_PROOF_BYTES }) },
    }),
    cancel_slash: declareCall({
      index: 2,
      docs: 'Cancels the slashes of an account for the offence of an era, and lets it take part again. Governance only.',
      args: { account: accountId, era: u64 },
    }),
    set_governance: declareCall({
      index: 3,
      docs: 'Names another governance account, or none for ever. Governance only.',
      args: { account: option(accountId) },
    }),
  },
  events: offencesEvents,
  errors: offencesErrors,
});
