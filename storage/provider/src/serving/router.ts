// Maps the routes of docs/protocol/node-api.md to their handlers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { discardsPath, holdingsPath, renewalsPath, statusPath, undeclaredPath } from '@cess/node-api';
import { fromHex } from '@cess/primitives';
import type { OrderPlace } from '@cess/types';
import { attestHoldings, renewFragments, showStatus } from './batch-handlers.js';
import { deleteFragment, discardFragments } from './discard-handler.js';
import { RequestRefused } from './errors.js';
import { getFragment, putFragment } from './fragment-handlers.js';
import type { HandlerContext } from './handler-context.js';
import { listUndeclared } from './undeclared-handler.js';

const placePattern = /^\/v1\/fragments\/([0-9a-f]{64})\/(\d{1,10})\/(\d{1,5})$/;
const rootPattern = /^\/v1\/fragments\/([0-9a-f]{64})$/;

/** What was carried out, with the fragment bytes that it moved. */
type Served =
  | { readonly operation: 'upload' | 'read'; readonly bytes: number }
  | { readonly operation: 'delete' | 'attest' | 'renew' | 'other' };

interface Post {
  readonly operation: 'delete' | 'attest' | 'renew' | 'other';
  readonly handle: (context: HandlerContext, message: IncomingMessage, response: ServerResponse) => Promise<void>;
}

const posts: ReadonlyMap<string, Post> = new Map<string, Post>([
  [holdingsPath, { operation: 'attest', handle: attestHoldings }],
  [renewalsPath, { operation: 'renew', handle: renewFragments }],
  [discardsPath, { operation: 'delete', handle: discardFragments }],
  [undeclaredPath, { operation: 'other', handle: listUndeclared }],
]);

export type Route = (message: IncomingMessage, response: ServerResponse) => Promise<Served>;

/** Runs the handler of the request's route. Throws 404 or 405 when there is none, and 503 when the store is gone. */
export function createRoute(context: HandlerContext): Route {
  return async (message, response) => {
    context.store.assertHere();
    const { method = '' } = message;
    const [path = ''] = (message.url ?? '').split('?');
    const place = placeOf(path);
    if (place !== undefined) {
      if (method === 'PUT') return { operation: 'upload', bytes: await putFragment(context, message, response, place) };
      if (method !== 'DELETE') throw methodNotAllowed();
      await deleteFragment(context, message, response, place);
      return { operation: 'delete' };
    }
    const root = rootPattern.exec(path)?.[1];
    if (root !== undefined) {
      if (method !== 'GET') throw methodNotAllowed();
      return { operation: 'read', bytes: await getFragment(context, message, response, fromHex(root)) };
    }
    const post = posts.get(path);
    if (post !== undefined) {
      if (method !== 'POST') throw methodNotAllowed();
      await post.handle(context, message, response);
      return { operation: post.operation };
    }
    if (path !== statusPath) throw new RequestRefused(404, 'ROUTE_UNKNOWN', 'There is nothing at this path.');
    if (method !== 'GET') throw methodNotAllowed();
    await showStatus(context, response);
    return { operation: 'other' };
  };
}

function placeOf(path: string): OrderPlace | undefined {
  const [, orderId, segment, fragment] = placePattern.exec(path) ?? [];
  if (orderId === undefined) return undefined;
  const place = { orderId: fromHex(orderId), segment: Number(segment), fragment: Number(fragment) };
  return place.segment <= 0xffff_ffff && place.fragment <= 0xffff ? place : undefined;
}

function methodNotAllowed(): RequestRefused {
  return new RequestRefused(405, 'METHOD_NOT_ALLOWED', 'This path does not take this method.');
}
