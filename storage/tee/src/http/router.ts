// Maps the routes of docs/protocol/audit.md §9 to their handlers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RequestRefused, sendJson, type TeeInfo, teeInfoPath } from '@cess/node-api';
import { equalBytes, fromHex, present, toHex } from '@cess/primitives';
import { type TagContext, tagFragment } from './tag-handler.js';

const srsPattern = /^\/v1\/tee\/keys\/([0-9a-f]{64})\/srs$/;
const placePattern = /^\/v1\/tags\/([0-9a-f]{64})\/(\d{1,10})\/(\d{1,5})$/;

export interface RouterContext extends TagContext {
  /** Index on chain; undefined before registration. */
  readonly worker: () => number | undefined;
}

/** Runs the handler of the request's route. Throws 404 or 405 when there is none. */
export async function route(context: RouterContext, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = ''] = (message.url ?? '').split('?');
  const place = placeOf(path);
  if (place !== undefined) {
    requireMethod(message, 'POST');
    return tagFragment(context, message, response, place);
  }
  if (path === teeInfoPath) {
    requireMethod(message, 'GET');
    const { signerKey, keyId, kind: enclave } = context.enclave.describe();
    const worker = context.worker() ?? null;
    const info: TeeInfo = { worker, signerKey: toHex(signerKey), keyId: toHex(keyId), enclave };
    return sendJson(response, 200, info);
  }
  const srs = srsPattern.exec(path);
  if (srs === null) throw new RequestRefused(404, 'ROUTE_UNKNOWN', 'There is nothing at this path.');
  requireMethod(message, 'GET');
  const description = context.enclave.describe();
  if (!equalBytes(fromHex(present(srs[1], 'the key id')), description.keyId)) {
    throw new RequestRefused(404, 'KEY_UNKNOWN', 'This worker has no such tagging key.');
  }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': description.srs.length,
    // The SRS of a key id never changes.
    'cache-control': 'public, max-age=31536000, immutable',
  });
  response.end(description.srs);
}

function placeOf(path: string) {
  const match = placePattern.exec(path);
  if (match === null) return undefined;
  const place = {
    fileId: fromHex(present(match[1], 'the file id')),
    segment: Number(match[2]),
    fragment: Number(match[3]),
  };
  return place.segment <= 0xffff_ffff && place.fragment <= 0xffff ? place : undefined;
}

function requireMethod(message: IncomingMessage, method: string): void {
  if (message.method === method) return;
  throw new RequestRefused(405, 'METHOD_NOT_ALLOWED', 'This path does not take this method.');
}
