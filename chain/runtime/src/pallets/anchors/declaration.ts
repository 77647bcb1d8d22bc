// Anchors: the newest state of logs that accounts keep outside of the chain. An anchor commits its account to everything that the
// root covers; a hash over all anchors of a log commits to the earlier ones (STORE-6, STORE-13).
import { accountId, balance } from '@cess/chain-primitives';
import { bytes, fixedBytes, struct, u32, u64 } from '@cess/codec';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, storageOf } from '../../frame/storage.js';

const id = { name: 'Anchors', index: 121 } as const;
/** Longest name of a log. */
export const MAX_LOG_NAME = 64;

export const logName = bytes({ max: MAX_LOG_NAME });
const root = fixedBytes(32);

const anchorInfo = struct(
  {
    /** How far the log has grown; its meaning is that of the log. */
    sequence: u64,
    root,
    /** The block that recorded it. */
    block: u32,
    /** Held from the account while the anchor stays. */
    deposit: balance,
    /** Anchors of the log so far, this one included. */
    count: u32,
    /** Hash over all of them. */
    history: root,
  },
  { path: ['pallet_anchors', 'AnchorInfo'] },
);

const at = storageOf(id.name);
export const anchorsStorage = {
  Anchors: at.map('Anchors', [blake2Concat(accountId), blake2Concat(logName)], anchorInfo, [
    'The newest anchor of each log of an account.',
  ]),
};

export const anchorsEvents = defineEvents(id, {
  Anchored: struct({ acc: accountId, log: logName, sequence: u64, root }),
  AnchorRemoved: struct({ acc: accountId, log: logName }),
});

export const anchorsErrors = defineErrors(id, {
  EmptyName: 'A log needs a name.',
  NotNewer: 'The log has an anchor with this sequence or a later one.',
  NoAnchor: 'The account has no anchor for this log.',
});

export const anchors = declarePallet({
  id,
  docs: 'Commitments of accounts to logs that they keep outside of the chain.',
  storage: anchorsStorage,
  calls: {
    anchor: declareCall({
      index: 0,
      docs: 'Commits the caller to a log up to a sequence, later than the one before; the first anchor of a log has a deposit.',
      args: { log: logName, sequence: u64, root },
    }),
    remove: declareCall({
      index: 1,
      docs: 'Removes the anchor of a log and returns the deposit. The log can begin anew.',
      args: { log: logName },
    }),
  },
  events: anchorsEvents,
  errors: anchorsErrors,
  constants: { MaxLogName: constant(u32, MAX_LOG_NAME, 'Longest name of a log, in bytes.') },
});
