// chain_*: blocks, hashes, and subscriptions to heads.
import { CessError, toHex0x } from '@cess/primitives';
import type { ChainEvents } from '../chain-feed.js';
import { blockJson, headerJson } from './json-shapes.js';
import {
  blockNumberParam,
  hashParam,
  listen,
  type Method,
  type Params,
  type RpcContext,
  type Subscription,
} from './method.js';
import { invalidParams, responseTooLarge } from './rpc-error.js';

const maxHashesPerCall = 1000;

function hashAt(value: unknown, { view }: RpcContext): string | null {
  const hash = view.reader.blocks.canonicalHash(blockNumberParam(value));
  return hash ? toHex0x(hash) : null;
}

function getBlockHash(params: Params, context: RpcContext): unknown {
  const [number] = params;
  if (number === undefined || number === null) return toHex0x(context.view.best.hash);
  if (!Array.isArray(number)) return hashAt(number, context);
  if (number.length > maxHashesPerCall) throw invalidParams(`At most ${maxHashesPerCall} numbers per call.`);
  return number.map((each) => hashAt(each, context));
}

function getBlock(params: Params, context: RpcContext): unknown {
  const hash = hashParam(params, 0, context);
  const header = context.view.header(hash);
  if (!header) return null;
  const body = context.view.body(hash);
  if (!body) throw new CessError('BLOCK_UNKNOWN', 'The body of this block is not kept.');
  const bytes = body.reduce((sum, { length }) => sum + length, 0);
  if (2 * bytes > context.maxResponseBytes) throw responseTooLarge(context.maxResponseBytes);
  return blockJson(header, body, context.view.reader.blocks.justification(hash));
}

function getHeader(params: Params, context: RpcContext): unknown {
  const header = context.view.header(hashParam(params, 0, context));
  return header ? headerJson(header) : null;
}

const getFinalizedHead: Method = (_params, { view }) => toHex0x(view.finalized.hash);

export const chainMethods: Readonly<Record<string, Method>> = {
  chain_getBlock: getBlock,
  chain_getBlockHash: getBlockHash,
  chain_getHead: getBlockHash,
  chain_getHeader: getHeader,
  chain_getFinalizedHead: getFinalizedHead,
  chain_getFinalisedHead: getFinalizedHead,
};

/** Sends the current head, then each new one. */
function heads(
  notification: string,
  event: Exclude<keyof ChainEvents, 'justification'>,
  unsubscribe: readonly string[],
): Subscription {
  return {
    notification,
    unsubscribe,
    start: (_params, { view }, push) => {
      const present = view.header(event === 'finalized' ? view.finalized.hash : view.best.hash);
      if (present) push.send(headerJson(present));
      return listen(view, event, push, (...[header]) => push.send(headerJson(header)));
    },
  };
}

const newHeads = heads('chain_newHead', 'best', [
  'chain_unsubscribeNewHeads',
  'chain_unsubscribeNewHead',
  'unsubscribe_newHead',
]);
const allHeads = heads('chain_allHead', 'imported', ['chain_unsubscribeAllHeads']);
const finalizedHeads = heads('chain_finalizedHead', 'finalized', [
  'chain_unsubscribeFinalizedHeads',
  'chain_unsubscribeFinalisedHeads',
]);

export const chainSubscriptions: Readonly<Record<string, Subscription>> = {
  chain_subscribeNewHead: newHeads,
  chain_subscribeNewHeads: newHeads,
  subscribe_newHead: newHeads,
  chain_subscribeAllHeads: allHeads,
  chain_subscribeFinalizedHeads: finalizedHeads,
  chain_subscribeFinalisedHeads: finalizedHeads,
};
