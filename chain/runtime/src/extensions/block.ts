// Extensions about time and space: mortality, nonce order, block weight and length.
import { accountId, addWeight, type Era, eraBirth, eraDeath } from '@cess/chain-primitives';
import { tuple, u32 } from '@cess/codec';
import {
  BASE_EXTRINSIC_WEIGHT,
  MAX_BLOCK_BYTES,
  maxBlockRefTime,
  maxTotalBytes,
  maxTotalRefTime,
} from '../block-limits.js';
import type { ExtensionLogic } from '../frame/extension.js';
import { invalid } from '../frame/failure.js';
import { incrementNonce, registerWeight, systemStorage, usedWeight } from '../pallets/system/index.js';
import { slotDuration } from '../pallets/timestamp/index.js';

/** Valid only within its era, and only on the chain that holds the block where the era began. */
export const checkMortality: ExtensionLogic<Era> = {
  additionalSigned: (ctx, value) => {
    const birth = eraBirth(value, systemStorage.Number.get(ctx));
    return systemStorage.BlockHash.has(ctx, birth)
      ? systemStorage.BlockHash.get(ctx, birth)
      : invalid('AncientBirthBlock');
  },
  validate: (ctx, _input, value) => {
    if (value.type === 'Immortal') return undefined;
    const current = systemStorage.Number.get(ctx);
    return { longevity: BigInt(eraDeath(value, current) - current) };
  },
};

const nonceTag = tuple(accountId, u32);

/** Transactions of an account run in the order of their nonces, each once. */
export const checkNonce: ExtensionLogic<number> = {
  additionalSigned: () => undefined,
  validate: (ctx, { who }, nonce) => {
    const account = systemStorage.Account.get(ctx, who);
    if (account.providers === 0 && account.sufficients === 0) invalid('Payment');
    if (nonce < account.nonce) invalid('Stale');
    return {
      provides: [nonceTag.encode([who, nonce])],
      requires: nonce > account.nonce ? [nonceTag.encode([who, nonce - 1])] : [],
    };
  },
  isNext: (ctx, who, nonce) => systemStorage.Account.get(ctx, who).nonce === nonce,
  prepare: (ctx, { who }, nonce) => {
    const account = systemStorage.Account.get(ctx, who);
    if (nonce < account.nonce) invalid('Stale');
    if (nonce > account.nonce) invalid('Future');
    incrementNonce(ctx, who);
  },
};

/**
 * Keeps blocks within their weight and length, and normal calls within their share of both, so that operational calls always
 * find the room that is reserved for them.
 */
export const checkWeight: ExtensionLogic<undefined> = {
  additionalSigned: () => undefined,
  validate: (ctx, { info, length }) => {
    if (info.class === 'Mandatory') invalid('MandatoryValidation');
    const needed = info.weight.ref_time + BASE_EXTRINSIC_WEIGHT.ref_time;
    if (needed > maxTotalRefTime(info.class, slotDuration(ctx))) invalid('ExhaustsResources');
    if (length > maxTotalBytes(info.class)) invalid('ExhaustsResources');
    return undefined;
  },
  prepare: (ctx, { info, length }) => {
    const total = (systemStorage.AllExtrinsicsLen.get(ctx) ?? 0) + length;
    if (total > MAX_BLOCK_BYTES) invalid('ExhaustsResources');
    systemStorage.AllExtrinsicsLen.put(ctx, total);
    registerWeight(ctx, info.class, addWeight(info.weight, BASE_EXTRINSIC_WEIGHT));
    const slotMs = slotDuration(ctx);
    if (usedWeight(ctx) > maxBlockRefTime(slotMs)) invalid('ExhaustsResources');
    if (info.class !== 'Normal') return;
    const normalBytes = systemStorage.NormalExtrinsicsLen.mutate(ctx, (bytes) => bytes + length);
    if (normalBytes > maxTotalBytes('Normal')) invalid('ExhaustsResources');
    const { normal, mandatory } = systemStorage.BlockWeight.get(ctx);
    if (normal.ref_time + mandatory.ref_time > maxTotalRefTime('Normal', slotMs)) invalid('ExhaustsResources');
  },
  postDispatch: (ctx, { info }, _extra, used) => {
    const unused = info.weight.ref_time - used.ref_time;
    if (unused > 0n) registerWeight(ctx, info.class, { ref_time: -unused, proof_size: 0n });
  },
};
