// author_*: submission of transactions and their status streams.
import { toHex0x } from '@cess/primitives';
import { isFinalStatus, type StatusListener, type TransactionStatus } from '../pool/pool-types.js';
import { statusJson } from './json-shapes.js';
import { collector, hexParam, type Method, type Params, type RpcContext, type Subscription } from './method.js';
import { poolError } from './rpc-error.js';

/** Hash of the pooled transaction. Throws the pool's refusal. */
async function submit(
  params: Params,
  { pool, noteRefused }: RpcContext,
  listener?: StatusListener,
): Promise<Uint8Array> {
  const result = await pool.submit(hexParam(params, 0, 'extrinsic'), listener);
  if (result.ok) return result.value;
  noteRefused(result.error);
  throw poolError(result.error);
}

export const authorMethods: Readonly<Record<string, Method>> = {
  author_submitExtrinsic: async (params, context) => toHex0x(await submit(params, context)),
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
    start: async (params, context, push) => {
      const listener = (status: TransactionStatus) => {
        push.send(statusJson(status));
        if (isFinalStatus(status)) push.end();
      };
      const hash = await submit(params, context, listener);
      return () => context.pool.unwatch(hash, listener);
    },
  },
};
