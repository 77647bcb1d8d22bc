// Connections to nodes over TLS 1.3 that are pinned to the key of the node. Nothing is sent on a connection before the
// certificate has proven that key (checkNodeCertificate). Sessions are resumed only if an earlier connection to the same address
// has proven the same key, and not longer than its certificate is valid.
import type { OnReadOpts, TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { CessError, hostAndPort, ok, type Result, toHex } from '@cess/primitives';
import './errors.js';
import { checkNodeCertificate, type PinRefusal } from './node-pin.js';

export interface PinnedTarget {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly nodeKey: Uint8Array;
  /** The socket times out when no byte moves for this long. Default: never. */
  readonly timeoutMs?: number | undefined;
  readonly onread?: OnReadOpts | undefined;
}

interface Session {
  readonly ticket: Buffer;
  readonly validUntilMs: number;
}

const defaultMaxSessions = 1_024;

export class PinnedConnector {
  /** By address and key; the one used last is at the end. */
  readonly #sessions = new Map<string, Session>();

  constructor(
    private readonly nowMs: () => number,
    private readonly maxSessions = defaultMaxSessions,
  ) {}

  /**
   * Connects. What is written before the key is proven waits. The socket fails with `TLS_NODE_UNTRUSTED` if it is not, and with
   * the errors of TLS if the handshake fails.
   */
  connect({ host, port, nodeKey, timeoutMs, onread }: PinnedTarget): TLSSocket {
    const address = hostAndPort(host, port);
    const name = `${address}/${toHex(nodeKey)}`;
    const resumed = this.#take(name);
    const options: ConnectionOptions & TcpNetConnectOpts = {
      ...{ host, port, minVersion: 'TLSv1.3', noDelay: true, keepAlive: true },
      // The pin replaces certification authorities and host names.
      ...{ rejectUnauthorized: false, checkServerIdentity: () => undefined },
      ALPNProtocols: ['http/1.1'],
      ...(resumed === undefined ? {} : { session: resumed.ticket }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...(onread === undefined ? {} : { onread }),
    };
    const socket = connect(options);
    socket.cork();
    let validUntilMs: number | undefined;
    let ticket: Buffer | undefined;
    const keep = () => {
      if (validUntilMs !== undefined && ticket !== undefined) this.#keep(name, { ticket, validUntilMs });
    };
    socket.on('session', (received: Buffer) => {
      ticket = received;
      keep();
    });
    socket.once('secureConnect', () => {
      const proven = this.#check(socket, nodeKey, resumed);
      if (!proven.ok) return void socket.destroy(untrusted(address, proven.error));
      validUntilMs = proven.value;
      keep();
      socket.uncork();
    });
    return socket;
  }

  /** Unix milliseconds until which the key is proven. */
  #check(socket: TLSSocket, nodeKey: Uint8Array, resumed: Session | undefined): Result<number, PinRefusal> {
    // A resumed session shows no certificate: only who completed the earlier handshake has its secret.
    if (socket.isSessionReused() && resumed !== undefined) return ok(resumed.validUntilMs);
    return checkNodeCertificate(socket.getPeerX509Certificate(), nodeKey, this.nowMs());
  }

  #take(name: string): Session | undefined {
    const session = this.#sessions.get(name);
    if (session === undefined) return undefined;
    this.#sessions.delete(name);
    if (session.validUntilMs <= this.nowMs()) return undefined;
    this.#sessions.set(name, session);
    return session;
  }

  #keep(name: string, session: Session): void {
    this.#sessions.delete(name);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= this.maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(name, session);
  }
}

function untrusted(address: string, reason: PinRefusal): CessError {
  const text = `The node at ${address} did not prove the key that the chain records for it (${reason}).`;
  return new CessError('TLS_NODE_UNTRUSTED', text, { address, reason });
}
