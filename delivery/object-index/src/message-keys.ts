// Keys of the queues of messages: `m/`, name of the queue, 0x00, sequence. Names of queues hold no zero byte.
import { concatBytes, fromUtf8, utf8 } from '@cess/primitives';
import { ordinalIn, ordinalValue } from './version-keys.js';

export const messageTable = utf8('m/');

/** The greatest sequence that was queued. It outlives the message, so that sequences grow also when the clock goes back. */
export const messageSequenceKey = utf8('\0cess-message-sequence');

const sequenceBytes = 8;
const zero = new Uint8Array(1);

export const queuePrefix = (queue: string): Uint8Array => concatBytes(messageTable, utf8(queue), zero);
export const messageKey = (queue: string, sequence: bigint): Uint8Array =>
  concatBytes(queuePrefix(queue), ordinalValue(sequence));
export const sequenceOfMessageKey = (key: Uint8Array): bigint => ordinalIn(key.subarray(key.length - sequenceBytes));
export const queueOfMessageKey = (key: Uint8Array): string =>
  fromUtf8(key.subarray(messageTable.length, key.length - sequenceBytes - zero.length));

/** The sequence in the value of `messageSequenceKey`; 0 if there is none. */
export const storedMessageSequence = (value: Uint8Array | undefined): bigint =>
  value?.length === sequenceBytes ? ordinalIn(value) : 0n;
