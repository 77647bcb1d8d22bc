// System: accounts, block bookkeeping, remarks. The pallet is completed in construct.ts, where the type of all events
// is known.
import type { Codec } from '@cess/codec';
import { u32, vec } from '@cess/codec';
import type { RuntimeEvent } from '../../frame/assemble.js';
import { constant, definePallet } from '../../frame/pallet.js';
import { storageOf } from '../../frame/storage.js';
import type { RuntimeVersion } from '../../runtime.js';
import { versionFields } from '../../version.js';
import { systemCalls } from './calls.js';
import { systemEvents, systemId } from './events.js';
import { BLOCK_HASH_COUNT, blockWeightsValue, MAX_BLOCK_BYTES, SS58_PREFIX } from './limits.js';
import { systemStorage } from './storage.js';
import { blockLength, blockWeights, dbWeight, eventRecord, runtimeVersion, ss58Prefix } from './types.js';

/** The part of System that does not depend on other pallets. */
export const systemParts = definePallet({
  id: systemId,
  docs: 'Accounts and the block under construction.',
  storage: systemStorage,
  calls: systemCalls,
  events: systemEvents,
});

/** System with the event storage of all pallets and the runtime's version. */
export function createSystemPallet(event: Codec<RuntimeEvent>, version: RuntimeVersion) {
  const Events = storageOf(systemId.name).valueOr(
    'Events',
    vec(eventRecord(event)),
    [],
    ['Events of the current block.'],
  );
  return definePallet({
    ...systemParts,
    storage: { ...systemStorage, Events },
    constants: {
      BlockWeights: constant(blockWeights, blockWeightsValue, 'Limits of weight per block.'),
      BlockLength: constant(
        blockLength,
        { max: { normal: MAX_BLOCK_BYTES, operational: MAX_BLOCK_BYTES, mandatory: MAX_BLOCK_BYTES } },
        'Limits of bytes per block.',
      ),
      BlockHashCount: constant(u32, BLOCK_HASH_COUNT, 'Number of recent block hashes that are kept.'),
      DbWeight: constant(dbWeight, { read: 25_000_000n, write: 100_000_000n }, 'Weight of a read and of a write.'),
      Version: constant(runtimeVersion, versionFields(version), 'Version of the runtime.'),
      SS58Prefix: constant(ss58Prefix, SS58_PREFIX, 'Address format.'),
    },
  });
}
