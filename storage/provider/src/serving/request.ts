// Authentication and authorization: gateways may store and declare, registered nodes may read.
import type { IncomingMessage } from 'node:http';
import { claimedKey, type ReplayGuard, requireSignature } from '@cess/node-api';
import { RequestRefused } from './errors.js';
import type { KnownNodes } from './known-nodes.js';

export { contentLength, hexHeader, jsonBody } from '@cess/node-api';

export interface Authenticator {
  readonly nodeKey: Uint8Array;
  readonly replayGuard: ReplayGuard;
  readonly knownNodes: KnownNodes;
  readonly nowMs: () => number;
  /** Called with every request whose signature is valid. */
  readonly onAuthenticated: (message: IncomingMessage) => void;
}

/** Requires the signature of a gateway for which an owner has locked space. Strangers cost no verification. Throws 401 or 403. */
export async function requireAuthorisedGateway(
  message: IncomingMessage,
  auth: Authenticator,
  account: Uint8Array,
): Promise<void> {
  await requireKeyOf(auth, account, claimedKey(message));
  await requireAuthorised(auth, account);
  verify(message, auth);
}

/** Requires the signature of the gateway with this account. Throws 401 or 403. */
export async function requireGateway(
  message: IncomingMessage,
  auth: Authenticator,
  account: Uint8Array,
): Promise<void> {
  await requireKeyOf(auth, account, claimedKey(message));
  verify(message, auth);
}

/** Requires that the gateway with this account registered `key`. Throws 403. */
export async function requireKeyOf(auth: Authenticator, account: Uint8Array, key: Uint8Array): Promise<void> {
  if (!(await auth.knownNodes.isGateway(account, key))) {
    throw new RequestRefused(403, 'GATEWAY_UNKNOWN', 'The signing key is not the registered key of this gateway.');
  }
}

/** Requires the signature of a registered node, and returns its key. Throws 401 or 403. */
export async function requireNode(message: IncomingMessage, auth: Authenticator): Promise<Uint8Array> {
  const claimed = claimedKey(message);
  if (!(await auth.knownNodes.isNode(claimed))) {
    throw new RequestRefused(403, 'NODE_UNKNOWN', 'The signing key does not belong to a registered node.');
  }
  verify(message, auth);
  return claimed;
}

/** Requires that an owner with a live territory lets this gateway store for it. Throws 403. */
export async function requireAuthorised({ knownNodes }: Authenticator, account: Uint8Array): Promise<void> {
  if (await knownNodes.isAuthorised(account)) return;
  throw new RequestRefused(
    403,
    'GATEWAY_NOT_AUTHORISED',
    'No owner has locked space of a territory for this gateway, so this provider stores nothing for it.',
  );
}

function verify(message: IncomingMessage, auth: Authenticator): void {
  const { nodeKey: audience, replayGuard, nowMs } = auth;
  requireSignature(message, { audience, nowMs: nowMs(), replayGuard });
  auth.onAuthenticated(message);
}
