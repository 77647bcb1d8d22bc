// Weights of TransactionPayment.
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

export const FINALIZE_WEIGHT = refTime(weightTable.TransactionPayment.onFinalize.base);
