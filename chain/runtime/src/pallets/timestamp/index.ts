// Timestamp: the time of the block.
import { definePallet } from '../../frame/pallet.js';
import { timestampCalls } from './calls.js';
import { timestamp } from './declaration.js';
import { buildTimestampGenesis } from './genesis.js';
import { timestampHooks } from './hooks.js';

export {
  blocksPerDay,
  checkTimestamp,
  isTimeSet,
  lastBlockTime,
  nextTimestamp,
  openTime,
  slotDuration,
} from './clock.js';

export const timestampPallet = definePallet(timestamp, {
  calls: timestampCalls,
  hooks: timestampHooks,
  genesis: buildTimestampGenesis,
});
