// Weights of Balances.
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const TRANSFER_WEIGHT = refTime(weightTable.transfer);
