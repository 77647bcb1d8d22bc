// Why tokens of an account are on hold. Each pallet holds under its own reasons, so that it can release or slash nothing else.
// A new reason is added at the end of its pallet.
import { enumeration, type Static, variant } from '@cess/codec';

const reasonsOf = <const N extends string>(pallet: string, names: readonly N[]) =>
  enumeration(names, { path: [pallet, 'pallet', 'HoldReason'] });

export const holdReason = variant(
  {
    /** Stake of candidates. */
    Staking: reasonsOf('pallet_staking', ['Stake']),
    /** Tokens for the deposit of a dispute. */
    Audit: reasonsOf('pallet_audit', ['Dispute']),
    /** `Record`: deposits for the records of workers and tagging keys. */
    TeeWorker: reasonsOf('pallet_tee_worker', ['Stake', 'Record']),
    /** `Hole`: deposits for fragments without a holder; `Record`: for records of files. */
    FileBank: reasonsOf('pallet_file_bank', ['Hole', 'Record']),
    /** `Unbonding`: stake of an exit, an expulsion or a smaller declaration. */
    Sminer: reasonsOf('pallet_sminer', ['Stake', 'Unbonding']),
    /** Deposits for registrations of gateways, and for authorisations. */
    Oss: reasonsOf('pallet_oss', ['Registration', 'Authorization']),
    /** Deposits for anchors of logs. */
    Anchors: reasonsOf('pallet_anchors', ['Anchor']),
  },
  {
    path: ['cess_runtime', 'RuntimeHoldReason'],
    indices: { Staking: 11, Audit: 100, TeeWorker: 102, FileBank: 104, Sminer: 105, Oss: 108, Anchors: 121 },
  },
);
export type HoldReason = Static<typeof holdReason>;
