// The books of FileBank, Sminer and Audit against each other: everything that is kept twice must agree, whatever happened.
import assert from 'node:assert/strict';
import { toHex } from '@cess/primitives';
import { query } from '../index.js';
import type { AuditScenario } from './audit-scenario.js';

/** Throws an AssertionError where two books differ. */
export function assertBooksAgree(chain: AuditScenario): void {
  holdersAgree(chain);
  registriesAgree(chain);
  ordersAgree(chain);
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
  let [service, proven] = [0n, 0n];
  for (const [[provider], info] of query.Sminer.Miners.entries(chain, [])) {
    const books = held.get(provider) ?? { bytes: 0n, fragments: 0n };
    assert.deepEqual([info.service_space, info.fragment_count], [books.bytes, books.fragments], `provider ${provider}`);
    service += info.service_space;
    proven += info.proven_space;
    const registries = [...query.Audit.Registries.entries(chain, [provider])];
    assert.equal(
      info.proven_space,
      registries.reduce((sum, [, { proven_bytes }]) => sum + proven_bytes, 0n),
    );
  }
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

function ordersAgree(chain: AuditScenario): void {
  const queued = new Map(
    [...query.FileBank.RestoralQueue.entries(chain, [])].map(([[margin, file, segment, fragment]]) => [
      `${toHex(file)}/${segment}/${fragment}`,
      margin,
    ]),
  );
  const orders = [...query.FileBank.RestoralOrders.entries(chain, [])];
  assert.equal(queued.size, orders.length);
  for (const [[file, segment, fragment], order] of orders) {
    assert.equal(queued.get(`${toHex(file)}/${segment}/${fragment}`), order.margin);
    const { holder } = query.FileBank.Fragments.get(chain, file, segment, fragment)!;
    if (order.reason !== 'Exit') assert.equal(holder, undefined);
  }
  const ordered = new Set(orders.map(([[file, segment, fragment]]) => `${toHex(file)}/${segment}/${fragment}`));
  for (const [[file, segment, fragment], { holder }] of query.FileBank.Fragments.entries(chain, [])) {
    if (holder === undefined && query.FileBank.Files.has(chain, file))
      assert.ok(ordered.has(`${toHex(file)}/${segment}/${fragment}`), 'a fragment without holder has an order');
  }
}
