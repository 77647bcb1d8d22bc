// The books of FileBank, Sminer and Audit against each other: everything that is kept twice must agree, whatever happened.
import assert from 'node:assert/strict';
import { toHex } from '@cess/primitives';
import { query } from '../index.js';
import type { AuditScenario } from './audit-scenario.js';
import { assertHoldsAgree } from './ledger-books.js';

/** Throws an AssertionError where two books differ. */
export function assertBooksAgree(chain: AuditScenario): void {
  assertHoldsAgree(chain);
  stakesAgree(chain);
  holdersAgree(chain);
  registriesAgree(chain);
  ordersAgree(chain);
  claimsAgree(chain);
}

/** What accounts have on hold for a reason. */
function heldFor(chain: AuditScenario, pallet: string, name: string): Map<string, bigint> {
  const all = [...query.Balances.Holds.entries(chain, [])].flatMap(([[who], holds]) =>
    holds
      .filter(({ id }) => id.type === pallet && id.value === name)
      .map(({ amount }) => [toHex(who), amount] as const),
  );
  return new Map(all);
}

function stakesAgree(chain: AuditScenario): void {
  const stakes = new Map<string, bigint>();
  const unbonding = new Map<string, bigint>();
  const workers = new Map<string, bigint>();
  const add = (to: Map<string, bigint>, who: Uint8Array, amount: bigint) => {
    if (amount > 0n) to.set(toHex(who), (to.get(toHex(who)) ?? 0n) + amount);
  };
  for (const [[provider], { account, staked }] of query.Sminer.Miners.entries(chain, [])) {
    add(stakes, account, staked);
    add(unbonding, account, query.Sminer.UnbondingTotal.get(chain, provider) ?? 0n);
  }
  for (const [, { controller, staked }] of query.TeeWorker.Workers.entries(chain, [])) add(workers, controller, staked);
  const sorted = (map: ReadonlyMap<string, bigint>) => [...map].sort();
  assert.deepEqual(sorted(heldFor(chain, 'Sminer', 'Stake')), sorted(stakes));
  assert.deepEqual(sorted(heldFor(chain, 'Sminer', 'Unbonding')), sorted(unbonding));
  assert.deepEqual(sorted(heldFor(chain, 'TeeWorker', 'Stake')), sorted(workers));
}

function holdersAgree(chain: AuditScenario): void {
  const held = new Map<number, { bytes: bigint; fragments: bigint }>();
  let count = 0;
  for (const [[file, segment, fragment], { holder }] of query.FileBank.Fragments.entries(chain, [])) {
    if (holder === undefined) continue;
    count++;
    assert.ok(query.FileBank.HeldBy.has(chain, holder, file, segment, fragment));
    const books = held.get(holder) ?? { bytes: 0n, fragments: 0n };
    books.bytes += BigInt(query.FileBank.Segments.get(chain, file, segment)!.fragment_length);
    books.fragments += 1n;
    held.set(holder, books);
  }
  assert.equal([...query.FileBank.HeldBy.entries(chain, [])].length, count);
  let [service, proven, leaving] = [0n, 0n, 0n];
  for (const [[provider], info] of query.Sminer.Miners.entries(chain, [])) {
    const books = held.get(provider) ?? { bytes: 0n, fragments: 0n };
    assert.deepEqual([info.service_space, info.fragment_count], [books.bytes, books.fragments], `provider ${provider}`);
    if (info.state === 'Exiting' || info.state === 'Expelled') leaving += info.declared_space;
    service += info.service_space;
    proven += info.proven_space;
    const registries = [...query.Audit.Registries.entries(chain, [provider])];
    assert.equal(
      info.proven_space,
      registries.reduce((sum, [, { proven_bytes }]) => sum + proven_bytes, 0n),
    );
  }
  assert.equal(query.Sminer.LeavingSpace.get(chain), leaving);
  assert.equal(query.Sminer.TotalServiceSpace.get(chain), service);
  assert.equal(query.Sminer.TotalProvenSpace.get(chain), proven);
}

function registriesAgree(chain: AuditScenario): void {
  const registries = [...query.Audit.Registries.entries(chain, [])];
  assert.equal(query.Audit.RegistryCount.get(chain), registries.length);
  let tags = 0;
  for (const [[provider, keyId], info] of registries) {
    assert.equal(query.Audit.Order.get(chain, info.position)!.miner, provider);
    let [live, bytes] = [0, 0n];
    const slots = [...query.Audit.Slots.entries(chain, [provider, keyId])];
    assert.deepEqual(
      slots.map(([[, , slot]]) => slot).sort((a, b) => a - b),
      slots.map((_, index) => index),
    );
    for (const [[, , slot], entry] of slots) {
      assert.equal(query.Audit.Tombstones.has(chain, provider, keyId, slot), entry.gone_at !== undefined);
      if (entry.gone_at !== undefined) continue;
      live++;
      bytes += BigInt(entry.length);
      assert.equal(query.Audit.Tags.get(chain, entry.file_id, entry.segment, entry.fragment)!.slot, slot);
      const { holder } = query.FileBank.Fragments.get(chain, entry.file_id, entry.segment, entry.fragment)!;
      assert.equal(holder, provider);
    }
    tags += live;
    assert.deepEqual([info.slots, info.live, info.bytes], [slots.length, live, bytes]);
    assert.ok(info.proven_bytes <= bytes);
  }
  assert.equal([...query.Audit.Tags.entries(chain, [])].length, tags);
  const rounds = [...query.Audit.Challenges.entries(chain, [])];
  assert.equal([...query.Audit.Deadlines.entries(chain, [])].length, rounds.length);
}

function claimsAgree(chain: AuditScenario): void {
  const { ClaimClocks, ClaimWaits, OpenClaims, RestoralOrders } = query.FileBank;
  const open = new Map<number, number>();
  for (const [place] of ClaimClocks.entries(chain, [])) {
    const { claim } = RestoralOrders.get(chain, ...place)!;
    open.set(claim!.miner, (open.get(claim!.miner) ?? 0) + 1);
  }
  const counted = [...OpenClaims.entries(chain, [])].map(([[provider], count]) => [provider, count] as const);
  assert.deepEqual(new Map([...counted].sort()), new Map([...open].sort()));
  for (const [place] of ClaimWaits.entries(chain, [])) assert.ok(RestoralOrders.has(chain, ...place));
}

function ordersAgree(chain: AuditScenario): void {
  const { Fragments, Files, HoleDeposits, RepairQueue, RestoralOrders, Segments, SegmentRepairs, Unrepairable } =
    query.FileBank;
  const counts = new Map<string, { holders: number; losses: number; holes: number }>();
  for (const [[file, segment, fragment], { reason }] of RestoralOrders.entries(chain, [])) {
    const { holder } = Fragments.get(chain, file, segment, fragment)!;
    if (reason !== 'Exit') assert.equal(holder, undefined);
    const key = `${toHex(file)}/${segment}`;
    const count = counts.get(key) ?? { holders: 0, losses: 0, holes: 0 };
    count[reason === 'Hole' ? 'holes' : 'losses']++;
    counts.set(key, count);
  }
  for (const [[file, segment, fragment], { holder }] of Fragments.entries(chain, [])) {
    const count = counts.get(`${toHex(file)}/${segment}`);
    if (holder !== undefined && count !== undefined) count.holders++;
    if (holder === undefined && Files.has(chain, file))
      assert.ok(RestoralOrders.has(chain, file, segment, fragment), 'a fragment without holder has an order');
  }
  let queued = 0;
  let unrepairable = 0;
  const segments = [...SegmentRepairs.entries(chain, [])];
  assert.equal(segments.length, counts.size);
  for (const [[file, segment], { owner, k, ...count }] of segments) {
    assert.deepEqual(count, counts.get(`${toHex(file)}/${segment}`));
    assert.equal(k, Segments.get(chain, file, segment)!.k);
    const margin = count.holders - k;
    const classes = margin < 0 ? [] : [count.losses, count.holes].flatMap((number, part) => (number > 0 ? [part] : []));
    for (const part of classes) assert.ok(RepairQueue.has(chain, part, margin, owner, file, segment));
    queued += classes.length;
    if (margin >= 0) continue;
    unrepairable++;
    assert.deepEqual(Unrepairable.get(chain, file, segment), { k, holders: count.holders });
  }
  assert.equal([...RepairQueue.entries(chain, [])].length, queued);
  assert.equal([...Unrepairable.entries(chain, [])].length, unrepairable);
  const deposits = new Map<string, bigint>();
  for (const [[file, segment, fragment], { who, amount }] of HoleDeposits.entries(chain, [])) {
    assert.equal(RestoralOrders.get(chain, file, segment, fragment)!.reason, 'Hole');
    deposits.set(toHex(who), (deposits.get(toHex(who)) ?? 0n) + amount);
  }
  const records = new Map<string, bigint>();
  for (const [[file], { who, amount }] of query.FileBank.RecordDeposits.entries(chain, [])) {
    assert.ok(Files.has(chain, file) || query.FileBank.PendingDeletion.has(chain, file));
    records.set(toHex(who), (records.get(toHex(who)) ?? 0n) + amount);
  }
  assert.deepEqual([...heldFor(chain, 'FileBank', 'Record')].sort(), [...records].sort());
  const held = [...heldFor(chain, 'FileBank', 'Hole')];
  assert.deepEqual(held.sort(), [...deposits].sort(), 'a declarer has the deposits of its holes on hold');
}
