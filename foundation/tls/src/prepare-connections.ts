// What happens on a connection before HTTP, such as the TLS handshake. A connection reaches the HTTP server when it is done. Until
// then it is bounded in time and number, so that clients that never finish hold little.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { CessError, type Logger, messageOf } from '@cess/primitives';
import './errors.js';

export interface PreparationInit {
  /** The connection for the HTTP server. Rejects for one that is to be closed. */
  readonly prepare: (socket: Socket) => Promise<Socket>;
  /** Connections that do not count for the share of their address. Default: none. */
  readonly isExempt?: ((socket: Socket) => boolean) | undefined;
  /** Most connections that are being prepared. One address gets at most as many as are left for all others. */
  readonly maxPending: number;
  readonly logger: Logger;
}

/** The certificates of a server. */
export interface ServerCertificates {
  /** For a host that a client names (SNI). */
  contextFor(host: string | undefined): SecureContext | undefined;
}

export const defaultPreparationMs = 10_000;

/** Puts the preparation before what the server does with a new connection. Call it before the server listens. */
export function prepareConnections(server: Server, init: PreparationInit): { closePending(): void } {
  const pending = new Set<Socket>();
  const serve = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    const isExempt = init.isExempt?.(socket) ?? false;
    const held = isExempt ? 0 : [...pending].filter((other) => other.remoteAddress === address).length;
    if (held >= init.maxPending - pending.size) return void socket.destroy();
    pending.add(socket);
    // Errors end a connection whether somebody waits for it or not; without a listener one would end the process.
    socket.on('error', () => {});
    socket.once('close', () => pending.delete(socket));
    init
      .prepare(socket)
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

/** The TLS handshake of a server. Rejects when it fails or takes too long. */
export function acceptTls(
  socket: Socket,
  certificates: ServerCertificates,
  timeoutMs = defaultPreparationMs,
): Promise<TLSSocket> {
  const secureContext = certificates.contextFor(undefined);
  const secured = new TLSSocket(socket, {
    isServer: true,
    ...(secureContext === undefined ? {} : { secureContext }),
    SNICallback: (host, done) => done(null, certificates.contextFor(host)),
    ALPNProtocols: ['http/1.1'],
  });
  const handshake = new Promise<TLSSocket>((resolve, reject) => {
    const ended = () => reject(connectionRefused('the connection ended during the TLS handshake'));
    // No data arrives before the handshake is done: this is the end of what the client sends.
    secured.once('readable', ended);
    secured.once('secure', () => {
      secured.off('readable', ended);
      resolve(secured);
    });
    secured.on('error', reject);
    secured.once('close', ended);
  });
  return withinTime(socket, timeoutMs, handshake);
}

/** The result of work on a connection. Also rejects when the connection fails or ends, or nothing comes in time. */
export function withinTime<T>(socket: Socket, timeoutMs: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(connectionRefused('nothing arrived in time')), timeoutMs);
    const closed = () => reject(connectionRefused('the connection ended'));
    socket.on('error', reject);
    socket.once('close', closed);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      socket.off('error', reject);
      socket.off('close', closed);
    });
  });
}

export function connectionRefused(reason: string): CessError<'CONNECTION_REFUSED'> {
  return new CessError('CONNECTION_REFUSED', reason);
}
