// Weights of Timestamp. What the call costs is part of the cost of an empty block.
import { refTime } from '../../frame/weight.js';

export const SET_WEIGHT = refTime(0n);
