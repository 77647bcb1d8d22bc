// What happens on a connection before HTTP: the header of a trusted proxy, then TLS. A connection reaches the HTTP server when both
// are done. Until then it is bounded in time and number, so that clients that never finish hold little.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { CessError, type Logger, messageOf } from '@cess/primitives';
import type { Certificates } from './certificates.js';
import { parseProxyHeader } from './proxy-protocol.js';

export interface PreparationInit {
  /** None: plain HTTP. */
  readonly certificates: Pick<Certificates, 'contextFor'> | undefined;
  /** Peers that must begin with a PROXY header; others must not. None: no peer does. */
  readonly isProxy: ((address: string | undefined) => boolean) | undefined;
  /** Most connections that are being prepared. One address that is no proxy gets at most as many as are left for all others. */
  readonly maxPending: number;
  readonly logger: Logger;
  /** Default 10 s. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

/** Puts the preparation before what the server does with a new connection. Call it before the server listens. */
export function prepareConnections(server: Server, init: PreparationInit): { closePending(): void } {
  const pending = new Set<Socket>();
  if (init.certificates === undefined && init.isProxy === undefined) return { closePending: () => {} };
  const serve = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    const isProxy = init.isProxy?.(address) ?? false;
    const held = isProxy ? 0 : [...pending].filter((other) => other.remoteAddress === address).length;
    if (held >= init.maxPending - pending.size) return void socket.destroy();
    pending.add(socket);
    // Errors end a connection whether somebody waits for it or not; without a listener one would end the process.
    socket.on('error', () => {});
    socket.once('close', () => pending.delete(socket));
    prepare(socket, init)
      .then((ready) => {
        pending.delete(socket);
        for (const listener of serve) Reflect.apply(listener, server, [ready]);
      })
      .catch((error: unknown) => {
        init.logger.debug({ address: socket.remoteAddress, cause: messageOf(error) }, 'connection refused');
        socket.destroy();
      });
  });
  return {
    closePending() {
      for (const socket of pending) socket.destroy();
    },
  };
}

async function prepare(socket: Socket, init: PreparationInit): Promise<Socket> {
  const timeoutMs = init.timeoutMs ?? defaultTimeoutMs;
  const isProxy = init.isProxy?.(socket.remoteAddress) ?? false;
  const address = isProxy ? await withTimeout(socket, timeoutMs, readProxyHeader(socket)) : undefined;
  const ready = init.certificates === undefined ? socket : await secure(socket, init.certificates, timeoutMs);
  const client = address ?? socket.remoteAddress;
  // Everything behind this (limits, conditions of policies, logs) takes the client from here.
  Object.defineProperty(ready, 'remoteAddress', { value: client, configurable: true });
  return ready;
}

/** The address of the client; undefined where the proxy speaks for itself. What follows the header stays in the socket. */
function readProxyHeader(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const end = (error: Error) => {
      socket.off('readable', read);
      reject(error);
    };
    const read = () => {
      for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null) {
        received = Buffer.concat([received, chunk]);
        const header = parseProxyHeader(received);
        if (header.type === 'incomplete') continue;
        if (header.type === 'malformed') return end(refused(`the PROXY header is not valid: ${header.reason}`));
        socket.off('readable', read);
        socket.off('end', ended);
        const rest = received.subarray(header.length);
        if (rest.length > 0) socket.unshift(rest);
        return resolve(header.address);
      }
    };
    const ended = () => end(refused('the connection ended before its PROXY header'));
    socket.on('readable', read);
    socket.once('end', ended);
  });
}

function secure(socket: Socket, certificates: Pick<Certificates, 'contextFor'>, timeoutMs: number): Promise<TLSSocket> {
  const secureContext = certificates.contextFor(undefined);
  const secured = new TLSSocket(socket, {
    isServer: true,
    ...(secureContext === undefined ? {} : { secureContext }),
    SNICallback: (host, done) => done(null, certificates.contextFor(host)),
    ALPNProtocols: ['http/1.1'],
  });
  const handshake = new Promise<TLSSocket>((resolve, reject) => {
    secured.once('secure', () => resolve(secured));
    secured.on('error', reject);
    secured.once('close', () => reject(refused('the connection ended during the TLS handshake')));
  });
  return withTimeout(socket, timeoutMs, handshake);
}

/** Also rejects when the connection fails or ends. */
function withTimeout<T>(socket: Socket, timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(refused('nothing arrived in time')), timeoutMs);
    const closed = () => reject(refused('the connection ended'));
    socket.on('error', reject);
    socket.once('close', closed);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      socket.off('error', reject);
      socket.off('close', closed);
    });
  });
}

function refused(reason: string): CessError<'CONNECTION_REFUSED'> {
  return new CessError('CONNECTION_REFUSED', reason);
}
