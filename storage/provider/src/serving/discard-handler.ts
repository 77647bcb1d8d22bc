// DELETE of one fragment, and POST /v1/discards of many: a gateway gives back undeclared fragments that it stored. What an attestation
// may still declare stays until the attestation has expired; upkeep deletes it then.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type DiscardsResponse, gatewayHeader, maxDiscardPlaces, sendJson } from '@cess/node-api';
import type { OrderPlace } from '@cess/types';
import { hexField, listField, numberField, withGatewayJson } from './batch-handlers.js';
import { RequestRefused } from './errors.js';
import type { HandlerContext } from './handler-context.js';
import { hexHeader, requireGateway } from './request.js';

/** Fragments deleted at a time. */
const discardsAtOnce = 32;

/** Answers 204, also when nothing is stored, and 202 when it deletes the fragment later. Throws 409 once it is declared. */
export async function deleteFragment(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
  place: OrderPlace,
): Promise<void> {
  const gateway = hexHeader(message, gatewayHeader, 32);
  await requireGateway(message, context.auth, gateway);
  const counts = await discard(context, gateway, place);
  if (counts.declared > 0) {
    throw new RequestRefused(409, 'FRAGMENT_DECLARED', 'The fragment is declared on chain. Delete its file on chain.');
  }
  response.writeHead(counts.kept > 0 ? 202 : 204).end();
}

export function discardFragments(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return withGatewayJson(context, message, async (body, gateway) => {
    const places = listField(body, 'places', maxDiscardPlaces).map(parsePlace);
    const total = { deleted: 0, kept: 0, declared: 0 };
    for (let at = 0; at < places.length; at += discardsAtOnce) {
      const group = places.slice(at, at + discardsAtOnce);
      for (const counts of await Promise.all(group.map((place) => discard(context, gateway, place)))) {
        total.deleted += counts.deleted;
        total.kept += counts.kept;
        total.declared += counts.declared;
      }
    }
    sendJson(response, 200, total satisfies DiscardsResponse);
  });
}

/** Discards what the gateway has at the place, unless it is declared. */
async function discard(context: HandlerContext, gateway: Uint8Array, place: OrderPlace): Promise<DiscardsResponse> {
  const counts = { deleted: 0, kept: 0, declared: 0 };
  for (const held of context.store.atPlace(place)) {
    if (Buffer.compare(held.gateway, gateway) !== 0) continue;
    if (held.fileId !== undefined) {
      counts.declared++;
    } else if (context.attested.mayBeDeclared(held)) {
      await context.store.update({ id: held, expirySeconds: context.nowSeconds() });
      counts.kept++;
    } else {
      await context.store.delete(held);
      counts.deleted++;
    }
  }
  return counts;
}

function parsePlace(value: unknown): OrderPlace {
  const segment = numberField(value, 'segment', 0xffff_ffff);
  return { orderId: hexField(value, 'orderId'), segment, fragment: numberField(value, 'fragment', 0xffff) };
}
