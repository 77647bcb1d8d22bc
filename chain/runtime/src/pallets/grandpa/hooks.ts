// Hooks of Grandpa. The set changes when an era begins with other keys, and never else: whoever is removed within an era goes on
// as a voter until its end. The comparison is with the set itself, so that an announcement that failed is made up for by the next block.
import { grandpaDigest } from '@cess/chain-primitives';
import { compareBytes, equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import type { Hooks } from '../../frame/pallet.js';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { type AuthorityList, grandpaEvents as events, grandpaStorage as storage } from './declaration.js';
import type { GrandpaNeeds } from './needs.js';

const { changed } = weightTable.Grandpa.onInitialize;

export function createGrandpaHooks(needs: GrandpaNeeds): Hooks {
  return {
    onRuntimeUpgrade: (ctx, from) => {
      // A chain from before has voted as set 0 all the time.
      if (from < 7 && storage.Authorities.get(ctx).length === 0) startSet(ctx, needs, 0n);
      return refTime(0n);
    },
    onInitialize: (ctx, budget) => {
      if (isSameSet(storage.Authorities.get(ctx), listOf(needs, ctx))) return;
      budget.spend(refTime(changed));
      const setId = storage.CurrentSetId.get(ctx) + 1n;
      const authorities = startSet(ctx, needs, setId);
      needs.depositLog(
        ctx,
        grandpaDigest({ type: 'ScheduledChange', value: { next_authorities: [...authorities], delay: 0 } }),
      );
      events.deposit(ctx, { type: 'NewAuthorities', value: { set_id: setId, authority_set: authorities } });
      forgetOldSets(ctx, needs);
    },
  };
}

function listOf(needs: GrandpaNeeds, ctx: Context): AuthorityList {
  return needs.members(ctx).map(({ key }) => [key, 1n] as const);
}

/** Records the members of the era as the set of this number. */
export function startSet(ctx: Context, needs: GrandpaNeeds, setId: bigint): AuthorityList {
  const authorities = listOf(needs, ctx);
  storage.Authorities.put(ctx, authorities);
  storage.CurrentSetId.put(ctx, setId);
  storage.SetEras.put(ctx, setId, needs.era(ctx));
  return authorities;
}

/** A set whose successor is so old that no offence of it can be reported. At most two of them in a block. */
function forgetOldSets(ctx: Context, needs: GrandpaNeeds): void {
  const oldest = needs.era(ctx) - BigInt(needs.reportEras(ctx));
  for (const [[setId], era] of storage.SetEras.entries(ctx, [])) {
    const next = storage.SetEras.get(ctx, setId + 1n);
    if (era < oldest && next !== undefined && next < oldest) {
      storage.SetEras.remove(ctx, setId);
      return;
    }
  }
}

/** The order and the weights do not matter: every member has one vote. */
function isSameSet(one: AuthorityList, other: AuthorityList): boolean {
  const sorted = (list: AuthorityList) => list.map(([key]) => key).toSorted(compareBytes);
  const [a, b] = [sorted(one), sorted(other)];
  return a.length === b.length && a.every((key, i) => equalBytes(key, b[i] ?? new Uint8Array(0)));
}
