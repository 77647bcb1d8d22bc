// Connections for bulk reads, by provider. It limits the busy connections and keeps a few idle ones. A read that finds no
// free connection is queued.
import { toHex } from '@cess/primitives';
import type { PinnedConnector } from '@cess/tls';
import { BulkConnection, type BulkRequest } from './bulk-connection.js';
import { providerFailures } from './provider-failures.js';

export interface ConnectionPoolInit {
  /** Most concurrent exchanges with one provider. */
  readonly maxBusyPerPeer: number;
  readonly idleTimeoutMs?: number;
  readonly connector: PinnedConnector;
}

export interface BulkTarget {
  readonly endpoint: string;
  readonly nodeKey: Uint8Array;
}

/** Most idle connections per provider. */
const maxIdle = 4;
/** Shorter than the usual idle timeout of servers (5 s), so that a client rarely uses a connection that its server has closed. */
export const idleTimeoutMs = 4_000;

class Peer {
  readonly #idle: BulkConnection[] = [];
  readonly #open = new Set<BulkConnection>();
  readonly #waiters: (() => void)[] = [];
  #busy = 0;

  constructor(
    private readonly target: BulkTarget,
    private readonly init: ConnectionPoolInit,
    private readonly onUnused: () => void,
  ) {}

  async read(request: BulkRequest): Promise<void> {
    if (request.signal?.aborted) throw providerFailures.unreachable(this.target.endpoint, request.signal.reason);
    if (this.#busy < this.init.maxBusyPerPeer) this.#busy++;
    else await this.#turn(request.signal);
    try {
      const isDone = await this.#readOver(this.#takeIdle(), request);
      if (!isDone) await this.#readOver(this.#connect(), request);
    } finally {
      const next = this.#waiters.shift();
      if (next !== undefined) next();
      else this.#busy--;
      this.#checkUse();
    }
  }

  close(): void {
    for (const connection of this.#open) connection.close();
  }

  /** False if the connection turned out to be closed before the provider had answered. */
  async #readOver(connection: BulkConnection, request: BulkRequest): Promise<boolean> {
    try {
      await connection.read(request);
      return true;
    } catch (error) {
      if (connection.closedWhileIdle) return false;
      throw error;
    } finally {
      this.#giveBack(connection);
    }
  }

  #takeIdle(): BulkConnection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isUsable) return idle;
    return this.#connect();
  }

  #connect(): BulkConnection {
    const connection: BulkConnection = new BulkConnection({
      endpoint: this.target.endpoint,
      nodeKey: this.target.nodeKey,
      connector: this.init.connector,
      idleTimeoutMs: this.init.idleTimeoutMs ?? idleTimeoutMs,
      onClosed: () => {
        this.#open.delete(connection);
        const at = this.#idle.indexOf(connection);
        if (at >= 0) this.#idle.splice(at, 1);
        this.#checkUse();
      },
    });
    this.#open.add(connection);
    return connection;
  }

  #giveBack(connection: BulkConnection): void {
    if (!connection.isUsable) return;
    if (this.#idle.length < maxIdle) this.#idle.push(connection);
    else connection.close();
  }

  /** Resolves when another read has ended. This read takes over its slot. */
  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const admit = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiters.splice(this.#waiters.indexOf(admit), 1);
        reject(providerFailures.unreachable(this.target.endpoint, signal?.reason));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(admit);
    });
  }

  #checkUse(): void {
    if (this.#busy === 0 && this.#open.size === 0) this.onUnused();
  }
}

export class ConnectionPool {
  /** By endpoint and key. */
  readonly #peers = new Map<string, Peer>();

  constructor(private readonly init: ConnectionPoolInit) {}

  /** See `BulkConnection.read`. */
  read({ endpoint, nodeKey }: BulkTarget, request: BulkRequest): Promise<void> {
    const name = `${endpoint}/${toHex(nodeKey)}`;
    let peer = this.#peers.get(name);
    if (peer === undefined) {
      peer = new Peer({ endpoint, nodeKey }, this.init, () => this.#peers.delete(name));
      this.#peers.set(name, peer);
    }
    return peer.read(request);
  }

  /** Closes all connections, busy ones included. */
  close(): void {
    for (const peer of this.#peers.values()) peer.close();
  }
}
