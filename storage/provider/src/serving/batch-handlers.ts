// Holdings (the attestation of a declaration batch), renewals, and the status. The provider attests a batch only if it
// holds each fragment for that gateway, with that root and length, and the file is on disk.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FragmentId, StoredFragment } from '@cess/fragment-store';
import {
  type HoldingsResponse,
  maxHoldingEntries,
  type RenewalsResponse,
  type StatusResponse,
  sendJson,
} from '@cess/node-api';
import { fromHex, toHex } from '@cess/primitives';
import { type HoldingEntry, holdingDigest } from '@cess/types';
import { RequestRefused } from './errors.js';
import type { HandlerContext } from './handler-context.js';
import { jsonBody, requireAuthorised, requireKeyOf, requireNode } from './request.js';

const maxRenewalOrderIds = 10_000;
/** Share of the declared space that a gateway without locked space may keep by renewals. */
const renewableShare = 0.05;
const presenceChecksAtOnce = 16;
/** Fragments that a scan visits without a pause. */
export const scanPauseEvery = 20_000;

interface ListedHolding {
  readonly entry: HoldingEntry;
  readonly id: FragmentId;
}

export function attestHoldings(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return withGatewayJson(context, message, async (body, gateway) => {
    await requireAuthorised(context.auth, gateway);
    sendJson(response, 200, await attest(context, body, gateway));
  });
}

async function attest(context: HandlerContext, body: unknown, gateway: Uint8Array): Promise<HoldingsResponse> {
  const provider = context.requireIndex();
  const listed = listField(body, 'entries', maxHoldingEntries).map(parseEntry);
  const missing = await countMissing(context, gateway, listed);
  if (missing > 0) {
    throw new RequestRefused(
      409,
      'HOLDINGS_INCOMPLETE',
      `${missing} of ${listed.length} fragments are not held for this gateway.`,
    );
  }
  // Garbage collection must not remove a fragment whose declaration is in progress.
  const expirySeconds = context.nowSeconds() + context.retentionSeconds;
  const dueSeconds = context.nowSeconds() + context.retentionSeconds / 2;
  const renewed = listed.filter(({ id }) => (context.store.get(id)?.expirySeconds ?? 0) < dueSeconds);
  await Promise.all(renewed.map(({ id }) => context.store.update({ id, expirySeconds })));
  const until = context.attested.until();
  if (until === undefined) {
    throw new RequestRefused(
      503,
      'ATTESTATION_NOT_READY',
      'The provider has seen no finalized block yet. Retry later.',
    );
  }
  const ids = listed.map(({ id }) => id);
  context.attested.note(ids, until);
  context.declaredFiles.attested(listed.map(({ entry, id }) => ({ fileId: entry.fileId, id })));
  const entries = listed.map(({ entry }) => entry);
  const digest = holdingDigest({ genesis: context.genesis, provider, gateway, until, entries });
  const signature = toHex(context.signer.sign(digest));
  return { until, signature };
}

/** Throws 507 when a gateway without locked space would keep too much; what fits is renewed. */
export function renewFragments(
  context: HandlerContext,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  return withGatewayJson(context, message, async (body, gateway) => {
    const orderIds = new Set(listField(body, 'orderIds', maxRenewalOrderIds).map((text) => toHex(hexText(text))));
    const isAuthorised = await context.auth.knownNodes.isAuthorised(gateway);
    const budgetBytes = isAuthorised ? Number.POSITIVE_INFINITY : context.declaredBytes * renewableShare;
    const expirySeconds = context.nowSeconds() + context.retentionSeconds;
    const { due, isCut } = await chooseDue(context, gateway, { orderIds, budgetBytes });
    await Promise.all(due.map((id) => context.store.update({ id, expirySeconds })));
    if (isCut) {
      throw new RequestRefused(
        507,
        'RENEWAL_LIMIT',
        'The gateway has no locked space and keeps too much here without declaring it. Some fragments were not renewed.',
      );
    }
    sendJson(response, 200, { expirySeconds } satisfies RenewalsResponse);
  });
}

/**
 * The undeclared fragments of these orders, as many as the budget allows beside those of other orders that the gateway has
 * renewed. A fragment counts as renewed for half of the time for which a renewal keeps it.
 */
async function chooseDue(
  context: HandlerContext,
  gateway: Uint8Array,
  { orderIds, budgetBytes }: { readonly orderIds: ReadonlySet<string>; readonly budgetBytes: number },
): Promise<{ readonly due: readonly FragmentId[]; readonly isCut: boolean }> {
  const gatewayHex = toHex(gateway);
  const renewedFrom = context.nowSeconds() + context.retentionSeconds / 2;
  const wanted: StoredFragment[] = [];
  let bytes = 0;
  let seen = 0;
  for (const held of context.store.fragments()) {
    if (held.fileId === undefined && toHex(held.gateway) === gatewayHex) {
      if (orderIds.has(toHex(held.orderId))) wanted.push(held);
      else if (held.expirySeconds >= renewedFrom) bytes += held.length;
    }
    if (++seen % scanPauseEvery === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const due = wanted.filter(({ length }) => {
    bytes += length;
    return bytes <= budgetBytes;
  });
  return { due, isCut: due.length < wanted.length };
}

export async function showStatus(context: HandlerContext, response: ServerResponse): Promise<void> {
  const { fragments, usedBytes } = context.store.usage();
  sendJson(response, 200, {
    nodeKey: toHex(context.signer.publicKey),
    miner: context.ownIndex() ?? null,
    declaredBytes: context.declaredBytes,
    usedBytes,
    freeBytes: await context.store.freeBytes(),
    fragments,
  } satisfies StatusResponse);
}

/** Handles the body of a gateway's request. The signature is verified before the body is read. */
export async function withGatewayJson(
  context: HandlerContext,
  message: IncomingMessage,
  handle: (body: unknown, gateway: Uint8Array) => Promise<void>,
): Promise<void> {
  const key = await requireNode(message, context.auth);
  const leave = context.enterBatch(key);
  try {
    const body = await jsonBody(message);
    const gateway = hexField(body, 'gateway');
    await requireKeyOf(context.auth, gateway, key);
    await handle(body, gateway);
  } finally {
    leave();
  }
}

async function countMissing(
  context: HandlerContext,
  gateway: Uint8Array,
  listed: readonly ListedHolding[],
): Promise<number> {
  const { store } = context;
  const gatewayHex = toHex(gateway);
  const isHeld = ({ entry, id }: ListedHolding) => {
    const held = store.get(id);
    return held !== undefined && held.length === entry.length && toHex(held.gateway) === gatewayHex;
  };
  let missing = listed.filter((one) => !isHeld(one)).length;
  for (let at = 0; missing === 0 && at < listed.length; at += presenceChecksAtOnce) {
    const group = listed.slice(at, at + presenceChecksAtOnce);
    const present = await Promise.all(group.map(({ id }) => store.isPresent(id.root)));
    missing += present.filter((isPresent) => !isPresent).length;
  }
  return missing;
}

export function malformed(): RequestRefused {
  return new RequestRefused(
    400,
    'JSON_MALFORMED',
    'The body lacks a field that this route requires, or a field is malformed.',
  );
}

function parseEntry(value: unknown): ListedHolding {
  const [segment, fragment, length] = [
    numberField(value, 'segment', 0xffff_ffff),
    numberField(value, 'fragment', 0xffff),
    numberField(value, 'length', 0xffff_ffff),
  ];
  const root = hexField(value, 'root');
  const id = { orderId: hexField(value, 'orderId'), segment, fragment, root };
  return { id, entry: { fileId: hexField(value, 'fileId'), segment, fragment, root, length } };
}

export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) throw malformed();
  return (value as Record<string, unknown>)[name];
}

function hexText(text: unknown): Uint8Array {
  if (typeof text !== 'string' || !/^[0-9a-f]{64}$/.test(text)) throw malformed();
  return fromHex(text);
}

export function hexField(value: unknown, name: string): Uint8Array {
  return hexText(field(value, name));
}

export function numberField(value: unknown, name: string, max: number): number {
  const number = field(value, name);
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > max) throw malformed();
  return number;
}

export function listField(value: unknown, name: string, max: number): unknown[] {
  const list = field(value, name);
  if (!Array.isArray(list) || list.length === 0 || list.length > max) throw malformed();
  return list;
}
