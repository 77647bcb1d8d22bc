// author_*: submission of transactions and their status streams.
import { toHex0x } from '@cess/primitives';
import { isFinalStatus, type TransactionStatus } from '../pool/pool-types.js';
import { statusJson } from './json-shapes.js';
import { collector, hexParam, type Method, type Subscription } from './method.js';
import { poolError } from './rpc-error.js';

export const authorMethods: Readonly<Record<string, Method>> = {
  author_submitExtrinsic: async (params, { pool }) => {
    const result = await pool.submit(hexParam(params, 0, 'extrinsic'));
    if (!result.ok) throw poolError(result.error);
    return toHex0x(result.value);
  },
  author_pendingExtrinsics: (_params, context) => {
    const pending = collector<string>(context);
    for (const { bytes } of context.pool.inOrder()) pending.add(toHex0x(bytes), bytes.length);
    return pending.items;
  },
};

export const authorSubscriptions: Readonly<Record<string, Subscription>> = {
  author_submitAndWatchExtrinsic: {
    notification: 'author_extrinsicUpdate',
    unsubscribe: ['author_unwatchExtrinsic'],
    start: async (params, { pool }, push) => {
      const listener = (status: TransactionStatus) => {
        push.send(statusJson(status));
        if (isFinalStatus(status)) push.end();
      };
      const result = await pool.submit(hexParam(params, 0, 'extrinsic'), listener);
      if (!result.ok) throw poolError(result.error);
      const hash = result.value;
      return () => pool.unwatch(hash, listener);
    },
  },
};
