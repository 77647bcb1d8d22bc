// Session: the clock of R²S in the state of the chain. Other pallets learn from it who sits where, elect the next members, and
// remove those who misbehave.
import { recordElection, removeMember, type Schedule } from '@cess/consensus';
import { equalBytes, present } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { refTime } from '../../frame/weight.js';
import { isElectionDue, scheduleOf, toClockValue, toEraClock } from './clock.js';
import { type ClockValue, type Member, session, sessionEvents, sessionStorage as storage } from './declaration.js';
import { buildSessionGenesis, startClock } from './genesis.js';
import type { SessionNeeds } from './needs.js';
import { holdersOfSlot, type OpenedSlot, openSession } from './open.js';

export type { SessionNeeds } from './needs.js';

/** Who misbehaved, and who may take its seat. */
export interface SeatLoss {
  readonly offender: Uint8Array;
  readonly pool: readonly Member[];
  /** Accounts that were removed earlier in this era. */
  readonly removed: readonly Uint8Array[];
}

export function createSession(needs: SessionNeeds) {
  const clockOf = (at: StorageAccess): ClockValue => present(storage.Clock.get(at), 'a clock since the genesis');
  return {
    pallet: definePallet(session, {
      calls: {},
      genesis: buildSessionGenesis,
      hooks: {
        onRuntimeUpgrade: (ctx: Context, from: number) => {
          if (from < 7 && storage.Clock.get(ctx) === undefined) {
            storage.FirstSlot.put(ctx, needs.currentSlot(ctx));
            startClock(ctx, needs.formerAuthorities(ctx), needs.beacon(ctx));
          }
          return refTime(0n);
        },
      },
    }),
    open: (ctx: Context, opened: OpenedSlot) => openSession(ctx, needs, opened),
    holdersOfSlot: (at: StorageAccess, slot: bigint, parentBeacon: Uint8Array) =>
      holdersOfSlot(at, needs, slot, parentBeacon),
    author: (at: StorageAccess) => storage.Author.get(at)?.account,
    clock: (at: StorageAccess) => toEraClock(clockOf(at)),
    schedule: (at: StorageAccess): Schedule => scheduleOf(at, needs.currentSlot(at)),
    /** In the order of their turns. */
    seats: (at: StorageAccess) => clockOf(at).seats,
    /** Who has a seat now. */
    holders: (at: StorageAccess): Member[] => clockOf(at).seats.filter((holder) => holder !== undefined),
    seatCount: (at: StorageAccess): number => storage.Clock.get(at)?.seats.length ?? needs.formerAuthorities(at).length,
    /** With whom the era began, by account id. */
    members: (at: StorageAccess): readonly Member[] => storage.Members.get(at),
    missed: (at: StorageAccess) => storage.Missed.get(at),
    isElectionDue: (at: StorageAccess) => isElectionDue(at, needs.currentSlot(at)),
    /** Takes note of the members of the next era. */
    recordElection: (ctx: Context, members: readonly Member[]): void => {
      const before = clockOf(ctx);
      const clock = recordElection(
        toEraClock(before),
        members.map(({ account }) => account),
      );
      storage.Clock.put(ctx, { ...toClockValue({ ...clock, seats: [] }, members), seats: before.seats });
    },
    /** Gives the seat of a member that misbehaved to another one (R2S-7). Returns who took it. */
    removeMember: (ctx: Context, { offender, pool, removed }: SeatLoss): Member | undefined => {
      const before = clockOf(ctx);
      const outcome = removeMember(toEraClock(before).seats, {
        offender,
        pool: pool.map(({ account }) => account),
        removed,
        beacon: needs.beacon(ctx),
        era: before.era,
      });
      const elected = before.elected?.filter(({ account }) => !equalBytes(account, offender));
      const { seat, replacement: taker } = outcome;
      const replacement = taker && pool.find(({ account }) => equalBytes(account, taker));
      const seats = seat === undefined ? before.seats : before.seats.with(seat, replacement);
      storage.Clock.put(ctx, { ...before, seats, elected: elected?.length === 0 ? undefined : elected });
      if (seat !== undefined) {
        sessionEvents.deposit(ctx, {
          type: 'SeatChanged',
          value: { seat, removed: offender, replacement: replacement?.account },
        });
      }
      return replacement;
    },
  };
}
