// Storage and types of Oss: the gateways (DeOSS, paper §4.9) and who lets which of them act for it.
import { accountId } from '@cess/chain-primitives';
import { bytes, fixedBytes, type Static, struct, vec } from '@cess/codec';
import { blake2Concat, storageOf } from '../../frame/storage.js';

export const ossId = { name: 'Oss', index: 108 } as const;
/** Most gateways that one account may authorise. */
export const MAX_AUTHORITIES = 20;

export const endpoint = bytes({ max: 100 });
export const domain = bytes({ max: 50 });

export const ossInfo = struct(
  {
    /** ed25519 key that signs the gateway's requests to other nodes. */
    node_key: fixedBytes(32),
    /** X25519 key to which owners wrap bucket keys. */
    wrapping_key: fixedBytes(32),
    endpoint,
    domain,
  },
  { path: ['pallet_oss', 'types', 'OssInfo'] },
);
export type OssInfo = Static<typeof ossInfo>;

const at = storageOf(ossId.name);
export const ossStorage = {
  Oss: at.map('Oss', [blake2Concat(accountId)], ossInfo, ['Registered gateways.']),
  AuthorityList: at.mapOr(
    'AuthorityList',
    [blake2Concat(accountId)],
    vec(accountId, { max: MAX_AUTHORITIES }),
    [],
    ['Gateways that may act for an account.'],
  ),
};
