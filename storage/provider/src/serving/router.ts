// Routes of docs/protocol/node-api.md to their handlers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { holdingsPath, renewalsPath, statusPath } from '@cess/node-api';
import { fromHex } from '@cess/primitives';
import type { OrderPlace } from '@cess/types';
import { attestHoldings, renewFragments, showStatus } from './batch-handlers.js';
import { RequestRefused } from './errors.js';
import { deleteFragment, getFragment, putFragment } from './fragment-handlers.js';
import type { HandlerContext } from './handler-context.js';

const placePattern = /^\/v1\/fragments\/([0-9a-f]{64})\/(\d{1,10})\/(\d{1,5})$/;
const rootPattern = /^\/v1\/fragments\/([0-9a-f]{64})$/;

/** Runs the handler of the request's route. Throws 404 or 405 without one. */
export function route(context: HandlerContext, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '' } = message;
  const [path = ''] = (message.url ?? '').split('?');
  const place = placeOf(path);
  if (place !== undefined) {
    if (method === 'PUT') return putFragment(context, message, response, place);
    if (method === 'DELETE') return deleteFragment(context, message, response, place);
    throw methodNotAllowed();
  }
  const root = rootPattern.exec(path);
  if (root !== null) {
    if (method === 'GET') return getFragment(context, message, response, fromHex(root[1]!));
    throw methodNotAllowed();
  }
  const post = path === holdingsPath ? attestHoldings : path === renewalsPath ? renewFragments : undefined;
  if (post !== undefined) {
    if (method === 'POST') return post(context, message, response);
    throw methodNotAllowed();
  }
  if (path === statusPath) {
    if (method === 'GET') return showStatus(context, response);
    throw methodNotAllowed();
  }
  throw new RequestRefused(404, 'ROUTE_UNKNOWN', 'There is nothing at this path.');
}

function placeOf(path: string): OrderPlace | undefined {
  const match = placePattern.exec(path);
  if (match === null) return undefined;
  const place = { orderId: fromHex(match[1]!), segment: Number(match[2]), fragment: Number(match[3]) };
  return place.segment <= 0xffff_ffff && place.fragment <= 0xffff ? place : undefined;
}

function methodNotAllowed(): RequestRefused {
  return new RequestRefused(405, 'METHOD_NOT_ALLOWED', 'This path does not take this method.');
}
