// The registry of tagged fragments: dense slots for each provider and tagging key, frozen while a round is open
// (docs/protocol/audit.md §2). Additions, removals and compaction never move the slots below a frozen count.
import { invariant } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import type { FragmentPlace } from '../../shared-types.js';
import {
  auditEvents as events,
  MAX_COMPACTED_PER_BLOCK,
  MAX_RETIRED_PER_BLOCK,
  type RegistryInfo,
  type SlotInfo,
  auditStorage as storage,
} from './declaration.js';
import type { RegistryNeeds } from './needs.js';
import { UPKEEP_WEIGHT } from './weights.js';

/** A registry that has something in it, or has a round. */
export function registryOf(at: StorageAccess, provider: number, keyId: Uint8Array): RegistryInfo {
  const info = storage.Registries.get(at, provider, keyId);
  invariant(info !== undefined, 'the registry exists');
  return info;
}

/** Puts a tagged fragment into the next slot. */
export function addSlot(ctx: Context, provider: number, keyId: Uint8Array, slot: SlotInfo, now: number): void {
  const info = storage.Registries.get(ctx, provider, keyId) ?? newRegistry(ctx, provider, keyId, now);
  storage.Slots.put(ctx, provider, keyId, info.slots, slot);
  storage.Tags.put(ctx, slot.file_id, slot.segment, slot.fragment, { key_id: keyId, slot: info.slots, tagged_at: now });
  storage.Registries.put(ctx, provider, keyId, {
    ...info,
    slots: info.slots + 1,
    live: info.live + 1,
    bytes: info.bytes + BigInt(slot.length),
  });
}

/** Removes the tags of a fragment as of `goneAt`, if it has any. */
export function dropSlot(
  ctx: Context,
  needs: RegistryNeeds,
  provider: number,
  place: FragmentPlace,
  goneAt: number,
): void {
  const forgotten = forgetTag(ctx, needs, provider, place);
  if (forgotten === undefined) return;
  const { keyId, slot, entry } = forgotten;
  if (isFrozen(ctx, provider, keyId) || storage.Compacting.has(ctx, provider, keyId)) {
    storage.Slots.put(ctx, provider, keyId, slot, { ...entry, gone_at: goneAt });
    storage.Tombstones.put(ctx, provider, keyId, slot, undefined);
  } else {
    removeSlot(ctx, provider, keyId, slot);
    retireIfEmpty(ctx, provider, keyId);
  }
}

interface ForgottenTag {
  readonly keyId: Uint8Array;
  readonly slot: number;
  readonly entry: SlotInfo;
}

/** Removes the tag of a fragment from the books of its registry, and leaves its slot. */
function forgetTag(
  ctx: Context,
  needs: RegistryNeeds,
  provider: number,
  place: FragmentPlace,
): ForgottenTag | undefined {
  const tag = storage.Tags.get(ctx, place.fileId, place.segment, place.fragment);
  if (tag === undefined) return undefined;
  const { key_id: keyId, slot } = tag;
  storage.Tags.remove(ctx, place.fileId, place.segment, place.fragment);
  const entry = storage.Slots.get(ctx, provider, keyId, slot);
  invariant(entry !== undefined && entry.gone_at === undefined, 'a tag has a live slot');
  const info = registryOf(ctx, provider, keyId);
  const bytes = info.bytes - BigInt(entry.length);
  storage.Registries.put(ctx, provider, keyId, { ...info, live: info.live - 1, bytes });
  if (info.proven_bytes > bytes) setProven(ctx, needs, { provider, keyId }, bytes);
  return { keyId, slot, entry };
}

/** Whether the slots must stay where they are: a round runs, or a question waits to be asked again. */
function isFrozen(at: StorageAccess, provider: number, keyId: Uint8Array): boolean {
  return storage.Challenges.has(at, provider, keyId) || storage.Questions.has(at, provider, keyId);
}

/** Drops the open question of a registry that is not asked any more, and releases its slots. */
export function dropQuestion(ctx: Context, provider: number, keyId: Uint8Array): void {
  if (!storage.Questions.has(ctx, provider, keyId)) return;
  endQuestion(ctx, provider, keyId);
}

/** Ends what the registry was asked, and releases its slots. */
export function endQuestion(ctx: Context, provider: number, keyId: Uint8Array): void {
  storage.Questions.remove(ctx, provider, keyId);
  storage.SlashBases.remove(ctx, provider, keyId);
  thaw(ctx, provider, keyId);
}

/** Block in which the oldest question of the provider that is not decided yet was asked, and how many there are. */
export function oldestQuestion(
  at: StorageAccess,
  provider: number,
): { readonly block?: number; readonly count: number } {
  let block: number | undefined;
  let count = 0;
  const note = (asked: number) => {
    block = Math.min(block ?? asked, asked);
    count++;
  };
  for (const [, { asked_at }] of storage.Questions.entries(at, [provider])) note(asked_at);
  for (const [, { opened_at }] of storage.Challenges.entries(at, [provider])) note(opened_at);
  return block === undefined ? { count } : { block, count };
}

/** Whether the provider has a question that is not decided yet. */
export function hasQuestion(at: StorageAccess, provider: number): boolean {
  for (const _ of storage.Questions.entries(at, [provider], 1)) return true;
  for (const _ of storage.Challenges.entries(at, [provider], 1)) return true;
  return false;
}

/** Sets how many bytes of a registry count as proven. */
export function setProven(
  ctx: Context,
  needs: RegistryNeeds,
  { provider, keyId }: { readonly provider: number; readonly keyId: Uint8Array },
  bytes: bigint,
): void {
  const info = registryOf(ctx, provider, keyId);
  if (info.proven_bytes === bytes) return;
  needs.changeProven(ctx, provider, info.proven_bytes, bytes);
  storage.Registries.put(ctx, provider, keyId, { ...info, proven_bytes: bytes });
}

/** Schedules the tombstones of a registry for compaction after its question was answered or dropped. */
function thaw(ctx: Context, provider: number, keyId: Uint8Array): void {
  const [first] = [...storage.Tombstones.entries(ctx, [provider, keyId], 1)];
  if (first !== undefined) storage.Compacting.put(ctx, provider, keyId, undefined);
  else retireIfEmpty(ctx, provider, keyId);
}

/** Continues compacting. */
export function compact(ctx: Context, budget: WorkBudget): void {
  let done = 0;
  while (done < MAX_COMPACTED_PER_BLOCK && !budget.isSpent) {
    const [next] = storage.Compacting.entries(ctx, [], 1);
    if (next === undefined) break;
    const [[provider, keyId]] = next;
    const [tombstone] = storage.Tombstones.entries(ctx, [provider, keyId], 1);
    done++;
    budget.spend(UPKEEP_WEIGHT.compacted);
    if (tombstone !== undefined) {
      removeSlot(ctx, provider, keyId, tombstone[0][2]);
      continue;
    }
    storage.Compacting.remove(ctx, provider, keyId);
    retireIfEmpty(ctx, provider, keyId);
  }
}

/** Starts to remove the tags of a registry whose key is revoked: its fragments count as not tagged. */
export function beginRetirement(ctx: Context, provider: number, keyId: Uint8Array): void {
  if (storage.Retiring.has(ctx, provider, keyId)) return;
  dropQuestion(ctx, provider, keyId);
  storage.Retiring.put(ctx, provider, keyId, undefined);
}

/** Continues to remove tags under revoked keys. */
export function retire(ctx: Context, needs: RegistryNeeds, budget: WorkBudget): void {
  for (let done = 0; done < MAX_RETIRED_PER_BLOCK && !budget.isSpent; done++) {
    const [next] = storage.Retiring.entries(ctx, [], 1);
    if (next === undefined) return;
    const [[provider, keyId]] = next;
    budget.spend(UPKEEP_WEIGHT.retired);
    retireSlot(ctx, needs, provider, keyId);
    if (storage.Registries.has(ctx, provider, keyId)) continue;
    storage.Retiring.remove(ctx, provider, keyId);
    storage.Compacting.remove(ctx, provider, keyId);
    events.deposit(ctx, { type: 'RegistryRetired', value: { miner: provider, key_id: keyId } });
  }
}

/** Removes the last slot of a registry, if it has one. */
function retireSlot(ctx: Context, needs: RegistryNeeds, provider: number, keyId: Uint8Array): void {
  const info = storage.Registries.get(ctx, provider, keyId);
  const slot = info && storage.Slots.get(ctx, provider, keyId, info.slots - 1);
  if (info === undefined || slot === undefined) return;
  const place = { fileId: slot.file_id, segment: slot.segment, fragment: slot.fragment };
  if (slot.gone_at === undefined) {
    forgetTag(ctx, needs, provider, place);
    needs.becameUntagged(ctx, place);
  }
  removeSlot(ctx, provider, keyId, info.slots - 1);
  retireIfEmpty(ctx, provider, keyId);
}

function newRegistry(ctx: Context, provider: number, keyId: Uint8Array, now: number): RegistryInfo {
  const position = storage.RegistryCount.get(ctx);
  storage.RegistryCount.put(ctx, position + 1);
  storage.Order.put(ctx, position, { miner: provider, key_id: keyId });
  return {
    slots: 0,
    live: 0,
    bytes: 0n,
    proven_bytes: 0n,
    round: 0,
    position,
    since: now,
    passed_at: undefined,
    strikes: 0,
  };
}

/** Removes a slot; the last one moves into its place. */
function removeSlot(ctx: Context, provider: number, keyId: Uint8Array, slot: number): void {
  const info = registryOf(ctx, provider, keyId);
  const last = info.slots - 1;
  storage.Tombstones.remove(ctx, provider, keyId, slot);
  if (slot !== last) {
    const moved = storage.Slots.get(ctx, provider, keyId, last);
    invariant(moved !== undefined, 'slots are dense');
    storage.Slots.put(ctx, provider, keyId, slot, moved);
    if (moved.gone_at === undefined) {
      const tag = storage.Tags.get(ctx, moved.file_id, moved.segment, moved.fragment);
      invariant(tag !== undefined, 'a live slot has a tag');
      storage.Tags.put(ctx, moved.file_id, moved.segment, moved.fragment, { ...tag, slot });
    } else {
      storage.Tombstones.remove(ctx, provider, keyId, last);
      storage.Tombstones.put(ctx, provider, keyId, slot, undefined);
    }
  }
  storage.Slots.remove(ctx, provider, keyId, last);
  storage.Registries.put(ctx, provider, keyId, { ...info, slots: last });
}

/** A registry without slots leaves the order, and with it its count of rounds: ids of later slots are other ones. */
function retireIfEmpty(ctx: Context, provider: number, keyId: Uint8Array): void {
  const info = registryOf(ctx, provider, keyId);
  if (info.slots > 0 || isFrozen(ctx, provider, keyId)) return;
  storage.Registries.remove(ctx, provider, keyId);
  const drawn = storage.Drawn.get(ctx);
  let hole = info.position;
  // The list begins with those that were drawn in this cycle: the hole goes to the end over their last one.
  if (hole < drawn) {
    move(ctx, drawn - 1, hole);
    storage.Drawn.put(ctx, drawn - 1);
    hole = drawn - 1;
  }
  const last = storage.RegistryCount.get(ctx) - 1;
  move(ctx, last, hole);
  storage.Order.remove(ctx, last);
  storage.RegistryCount.put(ctx, last);
}

/** Moves a registry to another place in the order, whose own one has been taken away. */
function move(ctx: Context, from: number, to: number): void {
  if (from === to) return;
  const registry = storage.Order.get(ctx, from);
  invariant(registry !== undefined, 'the order is dense');
  storage.Order.put(ctx, to, registry);
  const info = registryOf(ctx, registry.miner, registry.key_id);
  storage.Registries.put(ctx, registry.miner, registry.key_id, { ...info, position: to });
}
