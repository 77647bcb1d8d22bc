// SchedulerCredit: the work of the TEE workers that are bound to a candidate, and their failures, by era (docs/protocol/r2s.md §5).
import { accountId } from '@cess/chain-primitives';
import { type Static, struct, u32, u64, u128, vec } from '@cess/codec';
import { declarePallet } from '../../frame/declaration.js';
import { blake2Concat, storageOf } from '../../frame/storage.js';

const id = { name: 'SchedulerCredit', index: 101 } as const;
const at = storageOf(id.name);
/** Those that credit depends on, and the one that runs. */
export const KEPT_ERAS = 6;

const path = (name: string) => ({ path: ['pallet_scheduler_credit', name] });
const eraWork = struct(
  {
    era: u64,
    /** In points per 16 GiB times bytes. */
    work: u128,
    penalties: u32,
  },
  path('EraWork'),
);
export type EraWork = Static<typeof eraWork>;
const mostWork = struct({ era: u64, work: u128 }, path('MostWork'));

export const creditStorage = {
  Ledgers: at.mapOr(
    'Ledgers',
    [blake2Concat(accountId)],
    vec(eraWork, { max: KEPT_ERAS }),
    [],
    ['Work and penalties of a candidate in the last eras, ascending.'],
  ),
  MostWork: at.valueOr(
    'MostWork',
    vec(mostWork, { max: KEPT_ERAS }),
    [],
    ['The most work of one candidate in each of the last eras, ascending.'],
  ),
};

export const schedulerCredit = declarePallet({
  id,
  docs: 'Credit of candidates for the work of their TEE workers.',
  storage: creditStorage,
});
