// What other parts of the runtime do with System: block bookkeeping and account life.
import { addWeight, type DigestItem, type DispatchClass, type Weight } from '@cess/chain-primitives';
import { invariant } from '@cess/primitives';
import { BLOCK_HASH_COUNT, isDutyRoomExhausted, maxTotalBytes, maxTotalRefTime } from '../../block-limits.js';
import type { HookFailure } from '../../frame/contained-hooks.js';
import type { Context, StorageAccess } from '../../frame/context.js';
import { systemStorage as storage, systemEvents } from './declaration.js';
import { type AccountInfo, EMPTY_ACCOUNT } from './types.js';

/** Adds an item to the digest of the current block. */
export function depositLog(at: StorageAccess, item: DigestItem): void {
  const { logs } = storage.Digest.get(at);
  storage.Digest.put(at, { logs: [...logs, item] });
}

/** Hash of the genesis block. */
/** Hash of a block below the current one; undefined if it is not kept. */
export function blockHash(at: StorageAccess, number: number): Uint8Array | undefined {
  return storage.BlockHash.has(at, number) ? storage.BlockHash.get(at, number) : undefined;
}

export function genesisHash(at: StorageAccess): Uint8Array {
  return storage.BlockHash.get(at, 0);
}

/** Opens block `number`: remembers the parent's hash and forgets the oldest one. */
export function openBlock(at: StorageAccess, number: number, parentHash: Uint8Array): void {
  invariant(number >= 1, 'the genesis block is never opened');
  storage.Number.put(at, number);
  storage.ParentHash.put(at, parentHash);
  storage.BlockHash.put(at, number - 1, parentHash);
  const forgotten = number - BLOCK_HASH_COUNT - 1;
  if (forgotten > 0) storage.BlockHash.remove(at, forgotten);
}

const CLASS_KEY = { Normal: 'normal', Operational: 'operational', Mandatory: 'mandatory' } as const;

/** Execution time used by all classes so far. */
export function usedWeight(at: StorageAccess): bigint {
  const { normal, operational, mandatory } = storage.BlockWeight.get(at);
  return normal.ref_time + operational.ref_time + mandatory.ref_time;
}

/** Forgets what the previous block used. */
export function resetBlockUse(at: StorageAccess): void {
  storage.BlockWeight.kill(at);
  storage.ExtrinsicCount.put(at, 0);
  storage.AllExtrinsicsLen.put(at, 0);
}

/** After the last extrinsic: records whether duties may have been kept out. */
export function closeBlockUse(at: StorageAccess, slotDurationMs: bigint): void {
  const isExhausted = isDutyRoomExhausted(usedWeight(at), storage.AllExtrinsicsLen.get(at) ?? 0, slotDurationMs);
  if (isExhausted) storage.DutyRoomExhausted.put(at, true);
  else storage.DutyRoomExhausted.kill(at);
}

/** After the closing hooks: forgets the lengths, which only the block under construction needs. */
export function forgetLengths(at: StorageAccess): void {
  storage.AllExtrinsicsLen.kill(at);
  storage.NormalExtrinsicsLen.kill(at);
}

/** How much of their share of the block the normal calls used: the larger of weight and bytes, in parts of `whole`. */
export function normalFullness(at: StorageAccess, whole: bigint, slotDurationMs: bigint): bigint {
  const weight = (storage.BlockWeight.get(at).normal.ref_time * whole) / maxTotalRefTime('Normal', slotDurationMs);
  const length = (BigInt(storage.NormalExtrinsicsLen.get(at)) * whole) / BigInt(maxTotalBytes('Normal'));
  return weight > length ? weight : length;
}

/**
 * Whether the room for operational calls was exhausted: in a closing hook, that of the current block; in an opening hook or
 * a call, that of the block before.
 */
export function dutyRoomExhausted(at: StorageAccess): boolean {
  return storage.DutyRoomExhausted.get(at);
}

/** Records the version that executes this block; returns the one before if it was another, 0 if none was recorded. */
export function noteRuntimeVersion(at: StorageAccess, specName: string, specVersion: number): number | undefined {
  const previous = storage.LastRuntimeUpgrade.get(at)?.spec_version ?? 0;
  if (previous === specVersion) return undefined;
  storage.LastRuntimeUpgrade.put(at, { spec_version: specVersion, spec_name: specName });
  return previous;
}

/** Books weight used in this block. */
export function registerWeight(at: StorageAccess, dispatchClass: DispatchClass, used: Weight): void {
  const key = CLASS_KEY[dispatchClass];
  storage.BlockWeight.mutate(at, (weights) => ({ ...weights, [key]: addWeight(weights[key], used) }));
}

/** Nonce and balances of an account; empty for one that does not exist. */
export function accountOf(at: StorageAccess, who: Uint8Array): AccountInfo {
  return storage.Account.get(at, who);
}

/** All accounts. Do not change accounts while iterating. */
export function accounts(at: StorageAccess): readonly (readonly [who: Uint8Array, info: AccountInfo])[] {
  return [...storage.Account.entries(at, [])].map(([[who], info]) => [who, info]);
}

export function putAccount(at: StorageAccess, who: Uint8Array, info: AccountInfo): void {
  storage.Account.put(at, who, info);
}

/** Ends an account. One that signed transactions keeps its nonce. */
export function removeAccount(at: StorageAccess, who: Uint8Array): void {
  const { nonce } = storage.Account.get(at, who);
  if (nonce === 0) storage.Account.remove(at, who);
  else storage.Account.put(at, who, { ...EMPTY_ACCOUNT, nonce });
}

/** Number of the current block. */
export function blockNumber(at: StorageAccess): number {
  return storage.Number.get(at);
}

/** Counts one more signed transaction of the account. */
export function incrementNonce(at: StorageAccess, who: Uint8Array): void {
  const account = storage.Account.get(at, who);
  storage.Account.put(at, who, { ...account, nonce: account.nonce + 1 });
}

/** Records a hook that was rolled back. */
export function announceHookFailure(ctx: Context, { pallet, hook, code }: HookFailure): void {
  systemEvents.deposit(ctx, { type: 'HookFailed', value: { pallet, hook, code } });
}

/** Announces an account that came into being or ceased to be. */
export function announceAccount(ctx: Context, account: Uint8Array, alive: boolean): void {
  systemEvents.deposit(ctx, { type: alive ? 'NewAccount' : 'KilledAccount', value: { account } });
}
