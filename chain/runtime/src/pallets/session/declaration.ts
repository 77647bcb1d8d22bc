// Session: epochs and eras, and who has which seat (docs/protocol/r2s.md §1 to §3). What the reducer of
// `@cess/consensus` keeps lies here as one value, which nodes read to verify headers.
import { accountId } from '@cess/chain-primitives';
import { bool, fixedBytes, option, type Static, struct, u32, u64, vec } from '@cess/codec';
import { declarePallet, defineEvents } from '../../frame/declaration.js';
import { storageOf } from '../../frame/storage.js';

const id = { name: 'Session', index: 12 } as const;
const at = storageOf(id.name);
export const BEACON_BYTES = 64;
/** As many as GRANDPA can announce. */
const MAX_MEMBERS = 1024;

const path = (name: string) => ({ path: ['pallet_session', name] });

/** A member of an era: its account, and the ed25519 key that it had when it was elected. */
const member = struct({ account: accountId, key: fixedBytes(32) }, path('Member'));
export type Member = Static<typeof member>;

const epochSeed = struct(
  {
    beacon: fixedBytes(BEACON_BYTES),
    /** The epoch whose blocks made it; none for the beacon of the genesis. */
    epoch: option(u64),
  },
  path('EpochSeed'),
);

const clock = struct(
  {
    epoch: u64,
    era: u64,
    /** Randomness in force, and that of the next epoch with blocks. */
    seed: epochSeed,
    next_seed: epochSeed,
    /** In the order in which they author; a seat can be vacant. */
    seats: vec(option(member), { max: MAX_MEMBERS }),
    /** Members of the next era, once they are elected. */
    elected: option(vec(member, { max: MAX_MEMBERS })),
  },
  path('Clock'),
);
export type ClockValue = Static<typeof clock>;

const periods = struct({ slots_per_epoch: u32, epochs_per_era: u32 }, path('Periods'));
const missed = struct({ account: accountId, slots: u32 }, path('Missed'));

export const sessionStorage = {
  Clock: at.value('Clock', clock, ['Epoch, era, randomness and seats as of the current block.']),
  Periods: at.valueOr('Periods', periods, { slots_per_epoch: 600, epochs_per_era: 6 }, [
    'Length of epochs and eras, fixed at genesis.',
  ]),
  FirstSlot: at.value('FirstSlot', u64, ['Slot with which epoch 0 and era 0 began.']),
  Members: at.valueOr(
    'Members',
    vec(member, { max: MAX_MEMBERS }),
    [],
    ['Members with whom the era began, by account id: the voters of finality.'],
  ),
  Author: at.value('Author', member, ['Author of the current block.']),
  Missed: at.valueOr(
    'Missed',
    vec(missed, { max: MAX_MEMBERS }),
    [],
    ['Slots between the current block and its parent, by the member whose turn they were.'],
  ),
};

export const sessionEvents = defineEvents(id, {
  EpochStarted: struct({ epoch: u64, skipped: u64 }),
  EraStarted: struct({ era: u64, skipped: u64, is_elected: bool, members: u32 }),
  SeatChanged: struct({ seat: u32, removed: accountId, replacement: option(accountId) }),
});

export const session = declarePallet({
  id,
  docs: 'Epochs, eras, and who has which seat.',
  storage: sessionStorage,
  events: sessionEvents,
});
