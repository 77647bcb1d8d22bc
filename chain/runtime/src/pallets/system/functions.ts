// What other parts of the runtime do with System: block bookkeeping and account life.
import { addWeight, type DispatchClass, type Weight } from '@cess/chain-primitives';
import { invariant } from '@cess/primitives';
import type { Context, StorageAccess } from '../../frame/context.js';
import { systemEvents } from './events.js';
import { BLOCK_HASH_COUNT } from './limits.js';
import { systemStorage as storage } from './storage.js';

/** Hash of the genesis block. */
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

/** Weight used by the class so far. */
export function classWeight(at: StorageAccess, dispatchClass: DispatchClass): Weight {
  return storage.BlockWeight.get(at)[CLASS_KEY[dispatchClass]];
}

/** Books weight used in this block. */
export function registerWeight(at: StorageAccess, dispatchClass: DispatchClass, used: Weight): void {
  const key = CLASS_KEY[dispatchClass];
  storage.BlockWeight.mutate(at, (weights) => ({ ...weights, [key]: addWeight(weights[key], used) }));
}

/** Counts one more signed transaction of the account. */
export function incrementNonce(at: StorageAccess, who: Uint8Array): void {
  const account = storage.Account.get(at, who);
  storage.Account.put(at, who, { ...account, nonce: account.nonce + 1 });
}

/** Announces an account that came into being or ceased to be. */
export function announceAccount(ctx: Context, account: Uint8Array, alive: boolean): void {
  systemEvents.deposit(ctx, { type: alive ? 'NewAccount' : 'KilledAccount', value: { account } });
}
