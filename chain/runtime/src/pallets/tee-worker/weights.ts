// Weights of TeeWorker.
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const CALL_WEIGHT = refTime(weightTable.providerCall);
/** Two pairings, three subgroup checks, a signature. */
export const KEY_WEIGHT = refTime(weightTable.tagKey);
