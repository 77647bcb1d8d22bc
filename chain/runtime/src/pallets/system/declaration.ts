// System: accounts, the block under construction, hashes of recent blocks, remarks. `Events` is added by
// `completeSystem`, because its type is that of the events of all pallets.
import { accountId, digest, dispatchError, dispatchInfo, h256, weight, ZERO_WEIGHT } from '@cess/chain-primitives';
import { bool, type Codec, str, struct, u32, vec } from '@cess/codec';
import {
  BLOCK_HASH_COUNT,
  blockWeightsValue,
  MAX_BLOCK_BYTES,
  MAX_NORMAL_BYTES,
  SS58_PREFIX,
} from '../../block-limits.js';
import type { RuntimeEvent } from '../../frame/assemble.js';
import { constant, declareCall, declarePallet, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, storageOf, twoxConcat } from '../../frame/storage.js';
import {
  accountInfo,
  blockLength,
  blockWeights,
  dbWeight,
  EMPTY_ACCOUNT,
  eventRecord,
  hookName,
  lastRuntimeUpgrade,
  perDispatchClass,
  type RuntimeVersionFields,
  remark,
  runtimeVersion,
  ss58Prefix,
} from './types.js';

export type { AccountInfo, RuntimeVersionFields } from './types.js';

const systemId = { name: 'System', index: 0 } as const;

const at = storageOf(systemId.name);
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
  NormalExtrinsicsLen: at.valueOr('NormalExtrinsicsLen', u32, 0, [
    'Bytes of the extrinsics of the class Normal in the current block.',
  ]),
  DutyRoomExhausted: at.valueOr('DutyRoomExhausted', bool, false, [
    'Whether the last closed block may have had no room for another operational call.',
  ]),
  LastRuntimeUpgrade: at.value('LastRuntimeUpgrade', lastRuntimeUpgrade, [
    'Version of the runtime that executed the last block.',
  ]),
  EventCount: at.valueOr('EventCount', u32, 0, ['Number of events of the current block.']),
};

/** The outcome event of an extrinsic is always its last one. */
export const systemEvents = defineEvents(
  systemId,
  {
    ExtrinsicSuccess: struct({ dispatch_info: dispatchInfo }),
    ExtrinsicFailed: struct({ dispatch_error: dispatchError, dispatch_info: dispatchInfo }),
    NewAccount: struct({ account: accountId }),
    KilledAccount: struct({ account: accountId }),
    Remarked: struct({ sender: accountId, hash: h256 }),
    HookFailed: struct({ pallet: str, hook: hookName, code: str }),
  },
  { ExtrinsicSuccess: 0, ExtrinsicFailed: 1, NewAccount: 3, KilledAccount: 4, Remarked: 5, HookFailed: 100 },
);

/** The part of System that does not depend on other pallets. */
export const systemParts = declarePallet({
  id: systemId,
  docs: 'Accounts and the block under construction.',
  storage: systemStorage,
  calls: {
    remark: declareCall({ index: 0, docs: 'Includes bytes in the block.', args: { remark } }),
    remark_with_event: declareCall({
      index: 7,
      docs: 'Includes bytes in the block and emits an event with their hash.',
      args: { remark },
    }),
  },
  events: systemEvents,
});

/** System with the events of all pallets and the version of the runtime. */
export function completeSystem(event: Codec<RuntimeEvent>, version: RuntimeVersionFields) {
  const Events = storageOf(systemId.name).valueOr(
    'Events',
    vec(eventRecord(event)),
    [],
    ['Events of the current block.'],
  );
  return declarePallet({
    ...systemParts,
    storage: { ...systemStorage, Events },
    constants: {
      BlockWeights: constant(
        blockWeights,
        blockWeightsValue,
        'Limits of weight per block for slots of 4 s and more; a shorter slot has half of itself.',
      ),
      BlockLength: constant(
        blockLength,
        { max: { normal: MAX_NORMAL_BYTES, operational: MAX_BLOCK_BYTES, mandatory: MAX_BLOCK_BYTES } },
        'Limits of bytes per block.',
      ),
      BlockHashCount: constant(u32, BLOCK_HASH_COUNT, 'Number of recent block hashes that are kept.'),
      DbWeight: constant(dbWeight, { read: 25_000_000n, write: 100_000_000n }, 'Weight of a read and of a write.'),
      Version: constant(runtimeVersion, version, 'Version of the runtime.'),
      SS58Prefix: constant(ss58Prefix, SS58_PREFIX, 'Address format.'),
    },
  });
}

export type SystemDeclaration = ReturnType<typeof completeSystem>;
