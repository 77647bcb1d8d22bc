// How to reach another node: plain HTTP on loopback, TLS that is pinned to its key everywhere (docs/protocol/node-api.md §3).
import { Agent, type AgentOptions } from 'node:http';
import type { Socket } from 'node:net';
import { CessError, toHex } from '@cess/primitives';
import { isLoopback, type PinnedConnector } from '@cess/tls';

export interface NodeOrigin {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** For the `Host` header. */
  readonly authority: string;
}

/** Throws `TLS_REQUIRED` for plain HTTP on another machine, and a TypeError for what is no HTTP origin. */
export function parseNodeOrigin(endpoint: string): NodeOrigin {
  const { protocol, hostname, host: authority, port } = new URL(endpoint);
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${protocol} is no protocol between nodes.`);
  const isSecure = protocol === 'https:';
  if (!isSecure && !isLoopback(hostname)) {
    const text = `${endpoint} is plain HTTP on another machine. Nodes speak TLS there.`;
    throw new CessError('TLS_REQUIRED', text, { endpoint });
  }
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { host, port: Number(port || (isSecure ? 443 : 80)), isSecure, authority };
}

/** What `PinnedAgent` needs besides host and port. */
export interface PinnedRequest {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
  readonly timeout?: number | undefined;
  readonly nodeKey?: Uint8Array;
}

/** Pools connections per address and node key. `node:http` runs over them as over plain ones. */
export class PinnedAgent extends Agent {
  constructor(
    private readonly connector: PinnedConnector,
    options: AgentOptions,
  ) {
    super(options);
  }

  override getName(options: PinnedRequest = {}): string {
    return `${options.host}:${options.port}:${toHex(this.#keyOf(options))}`;
  }

  override createConnection(options: PinnedRequest): Socket {
    const { host, port, timeout: timeoutMs } = options;
    return this.connector.connect({ host: host ?? '', port: Number(port), nodeKey: this.#keyOf(options), timeoutMs });
  }

  #keyOf({ nodeKey }: PinnedRequest): Uint8Array {
    if (nodeKey === undefined) throw new TypeError('A pinned connection needs the key of the node.');
    return nodeKey;
  }
}
