// Events of System. An extrinsic's outcome event is always its last one.
import { accountId, dispatchError, dispatchInfo, h256 } from '@cess/chain-primitives';
import { struct } from '@cess/codec';
import { defineEvents } from '../../frame/pallet.js';

export const systemId = { name: 'System', index: 0 } as const;

export const systemEvents = defineEvents(
  systemId,
  {
    ExtrinsicSuccess: struct({ dispatch_info: dispatchInfo }),
    ExtrinsicFailed: struct({ dispatch_error: dispatchError, dispatch_info: dispatchInfo }),
    NewAccount: struct({ account: accountId }),
    KilledAccount: struct({ account: accountId }),
    Remarked: struct({ sender: accountId, hash: h256 }),
  },
  { ExtrinsicSuccess: 0, ExtrinsicFailed: 1, NewAccount: 3, KilledAccount: 4, Remarked: 5 },
);
