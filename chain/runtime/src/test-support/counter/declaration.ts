// Counter: the smallest pallet. CONTRIBUTING.md shows it.
import { accountId } from '@cess/chain-primitives';
import { struct, u32 } from '@cess/codec';
import { declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, storageOf } from '../../frame/storage.js';

const id = { name: 'Counter', index: 200 } as const;
const at = storageOf(id.name);

export const MAX_STEP = 100;

export const counterStorage = {
  Start: at.valueOr('Start', u32, 0, ['Where every account starts to count.']),
  Counts: at.map('Counts', [blake2Concat(accountId)], u32, ['What each account has counted to.']),
};

export const counterEvents = defineEvents(id, {
  Counted: struct({ who: accountId, count: u32, block: u32 }),
});

export const counterErrors = defineErrors(id, {
  StepTooLarge: 'One call counts at most 100.',
});

export const counter = declarePallet({
  id,
  docs: 'Accounts that count.',
  storage: counterStorage,
  calls: {
    count: declareCall({ index: 0, docs: "Adds to the caller's count.", args: { step: u32 } }),
  },
  events: counterEvents,
  errors: counterErrors,
});
