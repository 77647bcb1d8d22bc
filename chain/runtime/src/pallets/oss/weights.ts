// Weights of Oss.
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const CALL_WEIGHT = refTime(weightTable.gatewayCall);
