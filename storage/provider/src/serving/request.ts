// Who signed a request, and may it be acted upon: gateways to store and declare, registered nodes to read.
import type { IncomingMessage } from 'node:http';
import { claimedKey, type ReplayGuard, requireSignature } from '@cess/node-api';
import { RequestRefused } from './errors.js';
import type { KnownNodes } from './known-nodes.js';

export { contentLength, hexHeader, jsonBody } from '@cess/node-api';

export interface Authenticator {
  readonly nodeKey: Uint8Array;
  readonly replayGuard: ReplayGuard;
  readonly known: KnownNodes;
  readonly nowMs: () => number;
}

/** The gateway with this account signed. Throws 401 or 403. */
export async function requireGateway(
  message: IncomingMessage,
  auth: Authenticator,
  account: Uint8Array,
): Promise<void> {
  await requireKeyOf(auth, account, claimedKey(message));
  verify(message, auth);
}

/** `key` is the registered one of the gateway with this account. Throws 403. */
export async function requireKeyOf(auth: Authenticator, account: Uint8Array, key: Uint8Array): Promise<void> {
  if (!(await auth.known.isGateway(account, key))) {
    throw new RequestRefused(403, 'GATEWAY_UNKNOWN', 'The signing key is not that of this gateway.');
  }
}

/** The key of the registered node that signed. Throws 401 or 403. */
export async function requireNode(message: IncomingMessage, auth: Authenticator): Promise<Uint8Array> {
  const claimed = claimedKey(message);
  if (!(await auth.known.isNode(claimed))) {
    throw new RequestRefused(403, 'NODE_UNKNOWN', 'The signing key is not that of a registered node.');
  }
  verify(message, auth);
  return claimed;
}

function verify(message: IncomingMessage, { nodeKey: audience, replayGuard, nowMs }: Authenticator): void {
  requireSignature(message, { audience, nowMs: nowMs(), replayGuard });
}
