// Registration of providers: node keys and declared space.
import { invariant } from '@cess/primitives';
import { nodeKeyPossessionMessage } from '@cess/types';
import type { Context, Origin } from '../../frame/context.js';
import { checkedAdd, checkedSub, ensure, ensureSigned } from '../../frame/failure.js';
import { type ProviderInfo, sminerErrors, stakeFor, sminerStorage as storage } from './declaration.js';
import type { SminerNeeds } from './needs.js';
import { isNodeKeyReserved, unbond } from './unbonding.js';

const errors = sminerErrors.byName;

/** Index and record of the provider that makes the call; fails with NotMiner. */
export function callingProvider(ctx: Context, origin: Origin): readonly [number, ProviderInfo] {
  const provider = storage.MinerIndex.get(ctx, ensureSigned(origin));
  ensure(provider !== undefined, errors.NotMiner);
  const info = storage.Miners.get(ctx, provider);
  invariant(info !== undefined, 'an indexed provider exists');
  return [provider, info];
}

interface NodeKeyClaim {
  readonly provider: number;
  readonly account: Uint8Array;
  readonly nodeKey: Uint8Array;
  /** Signature by the node key that proves its possession. */
  readonly proof: Uint8Array;
}

/** Gives the provider a node key that it has proven to possess. */
export function claimNodeKey(
  ctx: Context,
  needs: SminerNeeds,
  { provider, account, nodeKey, proof }: NodeKeyClaim,
): void {
  const isTaken = storage.NodeKeys.has(ctx, nodeKey) || isNodeKeyReserved(ctx, needs, nodeKey, account);
  ensure(!isTaken, errors.NodeKeyInUse);
  const message = nodeKeyPossessionMessage(needs.genesisHash(ctx), account);
  ensure(ctx.crypto.verifyEd25519(proof, message, nodeKey), errors.BadPossessionProof);
  storage.FormerNodeKeys.remove(ctx, nodeKey);
  storage.NodeKeys.put(ctx, nodeKey, provider);
}

/** Changes the declared space of the caller, and its stake with it. */
export function changeSpace(
  ctx: Context,
  needs: SminerNeeds,
  origin: Origin,
  change: (declared: bigint) => bigint,
): ProviderInfo & { readonly provider: number } {
  const [provider, info] = callingProvider(ctx, origin);
  ensure(info.state === 'Positive', errors.NotPositive);
  const declared = change(info.declared_space);
  ensure(declared > 0n && declared !== info.declared_space, errors.InvalidSpace);
  ensure(declared >= info.service_space, errors.SpaceInUse);
  const total = checkedAdd(checkedSub(storage.TotalDeclaredSpace.get(ctx), info.declared_space), declared);
  const sellable = total - storage.LeavingSpace.get(ctx);
  ensure(declared > info.declared_space || sellable >= needs.purchasedSpace(ctx), errors.SpaceSold);
  const staked = stakeFor(declared);
  if (staked > info.staked) needs.stake.hold(ctx, info.account, staked - info.staked);
  if (staked < info.staked) unbond(ctx, needs, provider, info.staked - staked);
  const changed = { ...info, declared_space: declared, staked };
  storage.Miners.put(ctx, provider, changed);
  storage.TotalDeclaredSpace.put(ctx, total);
  return { ...changed, provider };
}
