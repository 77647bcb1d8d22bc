// Weights of Timestamp.
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const SET_WEIGHT = refTime(weightTable.Timestamp.set.base);
export const FINALIZE_WEIGHT = refTime(weightTable.Timestamp.onFinalize.base);
