// Which registries are challenged in a block (docs/protocol/audit.md §3). The list begins with the registries drawn in
// this cycle; a draw swaps one of the others with the first of them (one step of a Fisher-Yates shuffle), so that no
// block reads more registries than it draws.
import { sha256 } from '@cess/crypto';
import { concatBytes, invariant, utf8 } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import type { WorkBudget } from '../../frame/work-budget.js';
import {
  auditEvents,
  GRACE_BLOCKS,
  MAX_OPENED_PER_BLOCK,
  type OpenQuestion,
  type RegistryInfo,
  type RegistryKey,
  auditStorage as storage,
} from './declaration.js';
import { startPeriod } from './duty-clock.js';
import type { AuditNeeds } from './needs.js';
import { beginRetirement, dropQuestion, registryOf } from './registry.js';
import { UPKEEP_WEIGHT } from './weights.js';

const drawDomain = utf8('CESS/audit/draw/v1');
/** In each cycle, one in this many registries is drawn a second time. */
const AGAIN = 4;

/** A sequence of numbers below 2^32 derived from the beacon. */
function drawsFrom(beacon: Uint8Array): () => number {
  let counter = 0;
  return () => {
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, counter++, true);
    const hash = sha256(concatBytes(drawDomain, beacon, head));
    return new DataView(hash.buffer, hash.byteOffset, 4).getUint32(0, true);
  };
}

/** numerator / denominator, rounded up or down at random so that the mean is right. */
function roundAtRandom(numerator: number, denominator: number, random: number): number {
  return Math.floor(numerator / denominator) + (random % denominator < numerator % denominator ? 1 : 0);
}

/** Opens the rounds of this block. A draw that the budget does not allow happens in a later block of the cycle. */
export function openRounds(ctx: Context, needs: AuditNeeds, budget: WorkBudget): void {
  if (storage.RegistryCount.get(ctx) === 0) return;
  const now = needs.blockNumber(ctx);
  const anew = askAgain(ctx, needs, now, budget);
  const count = storage.RegistryCount.get(ctx);
  const { cycle } = storage.Periods.get(ctx);
  let start = storage.CycleStart.get(ctx);
  if (start === 0 || now >= start + cycle) {
    start = now;
    storage.CycleStart.put(ctx, start);
    storage.Drawn.put(ctx, 0);
  }
  const draw = drawsFrom(needs.beacon(ctx));
  const rest = count - storage.Drawn.get(ctx);
  const inTurn = Math.min(MAX_OPENED_PER_BLOCK - anew, roundAtRandom(rest, start + cycle - now, draw()));
  const again = Math.min(MAX_OPENED_PER_BLOCK - anew - inTurn, roundAtRandom(count, AGAIN * cycle, draw()));
  for (let i = 0; i < inTurn && !budget.isSpent; i++) {
    budget.spend(UPKEEP_WEIGHT.opened);
    drawInTurn(ctx, needs, now, draw());
  }
  for (let i = 0; i < again && !budget.isSpent; i++) {
    budget.spend(UPKEEP_WEIGHT.opened);
    const left = storage.RegistryCount.get(ctx);
    if (left === 0) break;
    const drawn = storage.Order.get(ctx, draw() % left);
    invariant(drawn !== undefined, 'the order is dense');
    tryOpen(ctx, needs, now, drawn);
  }
}

/** Opens new rounds of registries whose whole question was deleted; returns how many it looked at. */
function askAgain(ctx: Context, needs: AuditNeeds, now: number, budget: WorkBudget): number {
  const first = [...storage.AskAgain.entries(ctx, [], MAX_OPENED_PER_BLOCK)];
  for (const [[provider, keyId]] of first) {
    if (budget.isSpent) break;
    budget.spend(UPKEEP_WEIGHT.opened);
    if (storage.Compacting.has(ctx, provider, keyId)) continue;
    storage.AskAgain.remove(ctx, provider, keyId);
    if (storage.Registries.has(ctx, provider, keyId)) tryOpen(ctx, needs, now, { miner: provider, key_id: keyId });
  }
  return first.length;
}

function drawInTurn(ctx: Context, needs: AuditNeeds, now: number, random: number): void {
  const drawn = storage.Drawn.get(ctx);
  const count = storage.RegistryCount.get(ctx);
  if (drawn >= count) return;
  const position = drawn + (random % (count - drawn));
  const chosen = storage.Order.get(ctx, position);
  invariant(chosen !== undefined, 'the order is dense');
  if (now - registryOf(ctx, chosen.miner, chosen.key_id).since < GRACE_BLOCKS) return;
  exchange(ctx, position, drawn);
  storage.Drawn.put(ctx, drawn + 1);
  tryOpen(ctx, needs, now, chosen);
}

function exchange(ctx: Context, a: number, b: number): void {
  if (a === b) return;
  const [first, second] = [storage.Order.get(ctx, a), storage.Order.get(ctx, b)];
  invariant(first !== undefined && second !== undefined, 'the order is dense');
  place(ctx, first, b);
  place(ctx, second, a);
}

function place(ctx: Context, registry: RegistryKey, position: number): void {
  storage.Order.put(ctx, position, registry);
  const info = registryOf(ctx, registry.miner, registry.key_id);
  storage.Registries.put(ctx, registry.miner, registry.key_id, { ...info, position });
}

function canOpen(ctx: Context, { miner: provider, key_id }: RegistryKey, info: RegistryInfo, now: number): boolean {
  return (
    (info.live > 0 || storage.Questions.has(ctx, provider, key_id)) &&
    now - info.since >= GRACE_BLOCKS &&
    !storage.Compacting.has(ctx, provider, key_id)
  );
}

function tryOpen(ctx: Context, needs: AuditNeeds, now: number, registry: RegistryKey): void {
  const { miner: provider, key_id } = registry;
  if (storage.Challenges.has(ctx, provider, key_id)) return;
  if (needs.isExpelled(ctx, provider)) return dropQuestion(ctx, provider, key_id);
  if (needs.tagKey(ctx, key_id)?.isRevoked === true) return beginRetirement(ctx, provider, key_id);
  const info = registryOf(ctx, provider, key_id);
  if (!canOpen(ctx, registry, info, now)) return;
  const deadline = now + storage.Periods.get(ctx).proof;
  const question = storage.Questions.get(ctx, provider, key_id) ?? newQuestion(ctx, needs, now, registry, info);
  const { round, seed, frozen, bytes } = question;
  const state = { type: 'Open' } as const;
  storage.Challenges.put(ctx, provider, key_id, { round, opened_at: now, seed, frozen, bytes, deadline, state });
  storage.Deadlines.put(ctx, deadline, provider, key_id, undefined);
  startPeriod(ctx, { provider, keyId: key_id });
  auditEvents.deposit(ctx, { type: 'ChallengeOpened', value: { miner: provider, key_id, round, deadline } });
}

/** What a registry without an open question is asked: everything that it has now, by the beacon of this block. */
function newQuestion(
  ctx: Context,
  needs: AuditNeeds,
  now: number,
  { miner, key_id }: RegistryKey,
  info: RegistryInfo,
): OpenQuestion {
  storage.Registries.put(ctx, miner, key_id, { ...info, round: info.round + 1 });
  storage.SlashBases.put(ctx, miner, key_id, needs.slashBase(ctx, miner));
  return { round: info.round, asked_at: now, seed: needs.beacon(ctx), frozen: info.slots, bytes: info.bytes };
}
