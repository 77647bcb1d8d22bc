// PUT, GET and DELETE of fragments. The provider signs a receipt only after the fragment is on disk.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { fragmentRootHeader, gatewayHeader, pacedBody, sendJson } from '@cess/node-api';
import { type OrderPlace, type ReceiptFields, receiptMessage, receiptToJson } from '@cess/types';
import { RequestRefused } from './errors.js';
import type { HandlerContext } from './handler-context.js';
import { parseRange } from './range.js';
import { contentLength, hexHeader, requireAuthorisedGateway, requireNode } from './request.js';

/** Answers 201 with the receipt. Returns the stored bytes. */
export async function putFragment(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
  place: OrderPlace,
): Promise<number> {
  const root = hexHeader(message, fragmentRootHeader, 32);
  const gateway = hexHeader(message, gatewayHeader, 32);
  const length = contentLength(message, context.maxFragmentBytes);
  await requireAuthorisedGateway(message, context.auth, gateway);
  const provider = context.requireIndex();
  const release = context.enterUpload(gateway);
  try {
    await context.undeclared.take(gateway, length);
    const expirySeconds = context.nowSeconds() + context.retentionSeconds;
    const put = { ...place, root, length, gateway, expirySeconds };
    const stored = await context.store.put(put, pacedBody(message, context.bodyPace), context.stopping);
    const fields: ReceiptFields = {
      genesis: context.genesis,
      provider,
      gateway,
      ...place,
      root,
      length,
      expirySeconds: stored.expirySeconds,
    };
    const signature = context.signer.sign(receiptMessage(fields));
    sendJson(response, 201, { receipt: receiptToJson({ ...fields, signature }) });
    return length;
  } finally {
    release();
  }
}

/** Answers 200 with the whole fragment or 206 with the requested range. Returns the sent bytes. */
export async function getFragment(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
  root: Uint8Array,
): Promise<number> {
  const release = context.enterRead(await requireNode(message, context.auth));
  try {
    return await sendFragment(context, message, response, root);
  } finally {
    release();
  }
}

async function sendFragment(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
  root: Uint8Array,
): Promise<number> {
  const total = context.store.lengthOf(root);
  if (total === undefined) throw new RequestRefused(404, 'FRAGMENT_NOT_FOUND', 'This fragment is not stored here.');
  const range = parseRange(message.headers.range, total);
  if (range === 'unsatisfiable') {
    response.setHeader('content-range', `bytes */${total}`);
    throw new RequestRefused(416, 'FRAGMENT_RANGE', 'This range does not lie inside the fragment.');
  }
  const { offset, length } = range ?? { offset: 0, length: total };
  const chunks = context.store.read(root, offset, length);
  try {
    // The first chunk is read before the status is sent, so a missing or unreadable file gets an error status.
    const first = await chunks.next();
    response.writeHead(range === undefined ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-length': length,
      'accept-ranges': 'bytes',
      ...(range === undefined ? {} : { 'content-range': `bytes ${offset}-${offset + length - 1}/${total}` }),
    });
    if (first.done === true) {
      response.end();
      return 0;
    }
    const rest = async function* () {
      yield first.value;
      yield* chunks;
    };
    await pipeline(rest, response);
    return length;
  } finally {
    // When a reader disconnects before `rest` has started, only this closes the file.
    await chunks.return();
  }
}
