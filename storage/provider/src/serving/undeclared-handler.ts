// POST /v1/undeclared: a gateway lists the fragments that it stored here and that no file on chain has, to find those of uploads that it
// never finished.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StoredFragment } from '@cess/fragment-store';
import { sendJson, type UndeclaredResponse } from '@cess/node-api';
import { toHex } from '@cess/primitives';
import { field, malformed, scanPauseEvery, withGatewayJson } from './batch-handlers.js';
import type { HandlerContext } from './handler-context.js';

/** Fragments of one answer; those of its last order may exceed it. */
const pageFragments = 5_000;

type Listed = UndeclaredResponse['fragments'][number];

export function listUndeclared(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return withGatewayJson(context, message, async (body, gateway) => {
    const after = field(body, 'after');
    if (typeof after !== 'string' || !/^([0-9a-f]{64})?$/.test(after)) throw malformed();
    const listed = await undeclaredOf(context, gateway, after);
    sendJson(response, 200, pageOf(listed));
  });
}

async function undeclaredOf(context: HandlerContext, gateway: Uint8Array, after: string): Promise<Listed[]> {
  const gatewayHex = toHex(gateway);
  const found: Listed[] = [];
  let seen = 0;
  for (const held of context.store.fragments()) {
    if (held.fileId === undefined && toHex(held.gateway) === gatewayHex) {
      const orderId = toHex(held.orderId);
      const { segment, fragment, length } = held;
      if (orderId > after) found.push({ orderId, segment, fragment, length, ageSeconds: ageOf(context, held) });
    }
    if (++seen % scanPauseEvery === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return found.sort((a, b) => (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : 0));
}

function ageOf({ nowSeconds, retentionSeconds }: HandlerContext, { expirySeconds }: StoredFragment): number {
  return Math.max(0, nowSeconds() - (expirySeconds - retentionSeconds));
}

function pageOf(listed: readonly Listed[]): UndeclaredResponse {
  const lastOrder = listed[pageFragments - 1]?.orderId;
  if (lastOrder === undefined) return { fragments: listed, isComplete: true };
  const end = listed.findIndex(({ orderId }, i) => i >= pageFragments && orderId !== lastOrder);
  return end === -1 ? { fragments: listed, isComplete: true } : { fragments: listed.slice(0, end), isComplete: false };
}
