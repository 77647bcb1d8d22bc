// Storage of System: accounts, the block under construction, hashes of recent blocks. `Events` is declared in
// `construct.ts`, because its type is that of all pallets together.
import { accountId, digest, h256, weight, ZERO_WEIGHT } from '@cess/chain-primitives';
import { u32 } from '@cess/codec';
import { blake2Concat, storageOf, twoxConcat } from '../../frame/storage.js';
import { accountInfo, EMPTY_ACCOUNT, perDispatchClass } from './types.js';

const at = storageOf('System');
const ZERO_HASH = new Uint8Array(32);
const noWeights = { normal: ZERO_WEIGHT, operational: ZERO_WEIGHT, mandatory: ZERO_WEIGHT };

export const systemStorage = {
  Account: at.mapOr('Account', [blake2Concat(accountId)], accountInfo, EMPTY_ACCOUNT, [
    'Nonce and balances by account.',
  ]),
  ExtrinsicCount: at.value('ExtrinsicCount', u32, ['Extrinsics of the current block.']),
  BlockWeight: at.valueOr('BlockWeight', perDispatchClass(weight), noWeights, ['Weight used in the current block.']),
  AllExtrinsicsLen: at.value('AllExtrinsicsLen', u32, ['Bytes of all extrinsics of the current block.']),
  BlockHash: at.mapOr('BlockHash', [twoxConcat(u32)], h256, ZERO_HASH, ['Hashes of the genesis and of recent blocks.']),
  Number: at.valueOr('Number', u32, 0, ['Number of the current block.']),
  ParentHash: at.valueOr('ParentHash', h256, ZERO_HASH, ['Hash of the previous block.']),
  Digest: at.valueOr('Digest', digest, { logs: [] }, ['Digest of the current block.']),
  EventCount: at.valueOr('EventCount', u32, 0, ['Number of events of the current block.']),
};
