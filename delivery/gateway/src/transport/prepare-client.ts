// What happens on a connection of a client before HTTP: the header of a trusted proxy, then TLS.
import type { Socket } from 'node:net';
import { acceptTls, connectionRefused, defaultPreparationMs, type ServerCertificates, withinTime } from '@cess/tls';
import { parseProxyHeader } from './proxy-protocol.js';

export interface ClientPreparation {
  /** None: plain HTTP. */
  readonly certificates: ServerCertificates | undefined;
  /** Peers that must begin with a PROXY header; others must not. None: no peer does. */
  readonly isProxy: ((address: string | undefined) => boolean) | undefined;
  /** Most connections that are being prepared. One address that is no proxy gets at most as many as are left for all others. */
  readonly maxPending: number;
}

export async function prepareClient(
  socket: Socket,
  { isProxy, certificates }: Pick<ClientPreparation, 'certificates' | 'isProxy'>,
): Promise<Socket> {
  const address = isProxy?.(socket.remoteAddress)
    ? await withinTime(socket, defaultPreparationMs, readProxyHeader(socket))
    : undefined;
  const ready = certificates === undefined ? socket : await acceptTls(socket, certificates);
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
        if (header.type === 'malformed')
          return end(connectionRefused(`the PROXY header is not valid: ${header.reason}`));
        socket.off('readable', read);
        socket.off('end', ended);
        const rest = received.subarray(header.length);
        if (rest.length > 0) socket.unshift(rest);
        return resolve(header.address);
      }
    };
    const ended = () => end(connectionRefused('the connection ended before its PROXY header'));
    socket.on('readable', read);
    socket.once('end', ended);
  });
}
