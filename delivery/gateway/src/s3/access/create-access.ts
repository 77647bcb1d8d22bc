// What the caller of a request may do, from the request and the services of the gateway.
import type { Socket } from 'node:net';
import type { S3Services } from '../context.js';
import type { S3Target } from '../request.js';
import type { Caller } from './caller.js';
import { RequestAccess } from './request-access.js';
import { type KeySource, requestKeys } from './request-keys.js';

export interface CalledRequest {
  readonly socket: Socket;
  readonly caller: Caller;
  readonly target: S3Target;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signature: KeySource['signature'];
}

export function createAccess(
  services: S3Services,
  { socket, caller, target, headers, signature }: CalledRequest,
): RequestAccess {
  const { index, configurations, region, nowMs, onDecision } = services;
  const keys = requestKeys({
    caller,
    target,
    headers,
    signature,
    region,
    nowMs: nowMs(),
    address: socket.remoteAddress,
    isSecure: 'encrypted' in socket,
  });
  return new RequestAccess({ caller, index, configurations, keys, onDecision });
}
