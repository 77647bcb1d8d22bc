// One JSON-RPC 2.0 connection over WebSocket that reconnects with exponential back-off, bounds every call by a timeout,
// and renews its subscriptions after each reconnection.
import { CessError, delay, isCessError, type Logger, messageOf, pause, systemTimers } from '@cess/primitives';
import type { OpenSocket, Socket } from './socket.js';

export interface RpcConnectionInit {
  /** Default: a WebSocket of the platform. */
  readonly openSocket?: OpenSocket;
  /** `ws://host:port`. */
  readonly endpoint: string;
  readonly logger: Logger;
  readonly requestTimeoutMs?: number;
  /** A connection on which a ping stays unanswered for this long is replaced. Default 10 s. */
  readonly heartbeatMs?: number;
}

interface PendingCall {
  readonly method: string;
  resolve(result: unknown): void;
  reject(error: Error): void;
  readonly timer: ReturnType<typeof setTimeout>;
}

interface Subscription {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly onValue: (value: unknown) => void;
  /** Id at the node, while connected. */
  id: string | undefined;
}

const maxPendingCalls = 4096;
const maxMessageBytes = 64 * 1024 * 1024;
const handshakeTimeoutMs = 5_000;
const maxReconnectDelayMs = 5_000;
const defaultHeartbeatMs = 10_000;

export class RpcConnection {
  readonly #pending = new Map<number, PendingCall>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #byId = new Map<string, Subscription>();
  readonly #openListeners = new Set<() => void>();
  readonly #stopping = new AbortController();
  /** Open, or undefined. */
  #socket: Socket | undefined;
  /** The last socket made, open or opening. */
  #latest: Socket | undefined;
  #opened: Promise<void> = Promise.resolve();
  #announceOpen: () => void = () => {};
  #nextId = 1;
  #loop: Promise<void>;

  constructor(private readonly init: RpcConnectionInit) {
    this.#awaitOpening();
    this.#loop = this.#keepConnected();
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /**
   * Calls a method, waiting for a connection first. Reads are retried when the connection breaks, within the time for one call. Throws `RPC_TIMEOUT`,
   * `RPC_DISCONNECTED` (a submission whose effect is unknown), `RPC_ERROR` with the node's code and data.
   */
  async call<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    const isRepeatable = !method.startsWith('author_');
    const repeatUntilMs = systemTimers.nowMs() + this.#timeoutMs;
    for (;;) {
      await this.#whenOpen(method);
      try {
        return await this.#send<T>(method, params);
      } catch (error) {
        if (!isRepeatable || !isCessError(error, 'RPC_DISCONNECTED') || systemTimers.nowMs() >= repeatUntilMs)
          throw error;
      }
    }
  }

  /** Receives the notifications of a subscription, across reconnections, until the returned function is called. */
  subscribe(method: string, params: readonly unknown[], onValue: (value: unknown) => void): () => void {
    const subscription: Subscription = { method, params, onValue, id: undefined };
    this.#subscriptions.add(subscription);
    if (this.#socket !== undefined) void this.#begin(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      if (subscription.id === undefined) return;
      this.#byId.delete(subscription.id);
      if (this.#socket === undefined) return;
      this.#send(method.replace('_subscribe', '_unsubscribe'), [subscription.id]).catch((error: unknown) => {
        this.init.logger.debug({ method, cause: messageOf(error) }, 'unsubscribing failed');
      });
    };
  }

  /** Calls back after each (re)connection, until the returned function is called. */
  onConnected(listener: () => void): () => void {
    this.#openListeners.add(listener);
    return () => this.#openListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#latest?.terminate();
    this.#announceOpen();
    await this.#loop;
  }

  async #whenOpen(method: string): Promise<void> {
    if (this.#stopping.signal.aborted) throw closedError();
    const timeoutMs = this.#timeoutMs;
    const timer = new AbortController();
    const late = delay(timeoutMs, timer.signal).then(
      () => {
        throw new CessError('RPC_TIMEOUT', `The chain node at ${this.init.endpoint} is not reachable.`, { method });
      },
      () => {},
    );
    await Promise.race([this.#opened, late]);
    timer.abort();
    if (this.#stopping.signal.aborted) throw closedError();
  }

  get #timeoutMs(): number {
    return this.init.requestTimeoutMs ?? 20_000;
  }

  /** `onResult` runs before any later message is processed: a notification may follow in the same packet. */
  #send<T>(method: string, params: readonly unknown[], onResult?: (result: T) => void): Promise<T> {
    const socket = this.#socket;
    if (socket === undefined) return Promise.reject(disconnected());
    if (this.#pending.size >= maxPendingCalls) {
      return Promise.reject(
        new CessError('RPC_OVERLOADED', 'Too many calls are waiting for the chain node. Retry later.'),
      );
    }
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(new CessError('RPC_TIMEOUT', `The chain node did not answer ${method} in time.`, { method }));
      }, this.#timeoutMs);
      const settle = (result: unknown) => {
        onResult?.(result as T);
        resolve(result as T);
      };
      this.#pending.set(id, { method, resolve: settle, reject, timer });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  #awaitOpening(): void {
    this.#opened = new Promise((resolve) => {
      this.#announceOpen = resolve;
    });
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#stopping;
    // Loaded on first use: an enclave uses only the checks of this package and opens no connection.
    const open = this.init.openSocket ?? (await import('#socket')).openSocket;
    let failures = 0;
    while (!signal.aborted) {
      const lived = await this.#session(open);
      failures = lived ? 0 : failures + 1;
      if (signal.aborted) return;
      await pause(systemTimers, Math.min(100 * 2 ** failures, maxReconnectDelayMs), signal);
    }
  }

  /** One connection from opening to close; true when it was open. */
  #session(open: OpenSocket): Promise<boolean> {
    const { endpoint, logger, heartbeatMs = defaultHeartbeatMs } = this.init;
    return new Promise((resolve) => {
      let isOpen = false;
      let isAlive = true;
      let heartbeat: ReturnType<typeof setInterval> | undefined;
      const socket = open(
        { endpoint, maxMessageBytes, handshakeTimeoutMs },
        {
          onOpen: () => {
            isOpen = true;
            heartbeat = setInterval(() => {
              if (!isAlive) return socket.terminate();
              isAlive = false;
              socket.ping();
            }, heartbeatMs);
            this.#socket = socket;
            this.#announceOpen();
            for (const subscription of this.#subscriptions) void this.#begin(subscription);
            for (const listener of this.#openListeners) listener();
          },
          onAlive: () => {
            isAlive = true;
          },
          onMessage: (text) => this.#receive(text),
          onError: (cause) => logger.debug({ cause: messageOf(cause) }, 'connection to the chain node failed'),
          onClose: () => {
            clearInterval(heartbeat);
            if (isOpen) this.#awaitOpening();
            this.#socket = undefined;
            this.#failAll();
            resolve(isOpen);
          },
        },
      );
      this.#latest = socket;
    });
  }

  async #begin(subscription: Subscription): Promise<void> {
    try {
      await this.#send<string>(subscription.method, subscription.params, (id) => {
        subscription.id = id;
        if (this.#subscriptions.has(subscription)) this.#byId.set(id, subscription);
      });
    } catch (error) {
      this.init.logger.debug({ method: subscription.method, cause: messageOf(error) }, 'subscription failed');
    }
  }

  #receive(text: string): void {
    let message: {
      id?: number | string;
      result?: unknown;
      error?: { code: number; message: string; data?: unknown };
      params?: { subscription: unknown; result: unknown };
    };
    try {
      message = JSON.parse(text);
    } catch {
      this.#socket?.terminate();
      return;
    }
    if (message.id === undefined) {
      if (message.params !== undefined)
        this.#byId.get(String(message.params.subscription))?.onValue(message.params.result);
      return;
    }
    const { id } = message;
    const pending = typeof id === 'number' ? this.#pending.get(id) : undefined;
    if (pending === undefined) return;
    this.#pending.delete(Number(id));
    clearTimeout(pending.timer);
    if (message.error === undefined) return pending.resolve(message.result);
    const { code, message: reason, data } = message.error;
    const detail = typeof data === 'string' ? `${reason}: ${data}` : reason;
    pending.reject(
      new CessError('RPC_ERROR', `The chain node refused ${pending.method}: ${detail}`, { rpcCode: code, detail }),
    );
  }

  #failAll(): void {
    this.#byId.clear();
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      pending.reject(disconnected());
    }
    this.#pending.clear();
  }
}

function closedError(): CessError {
  return new CessError('RPC_CLOSED', 'The connection to the chain was closed.');
}

function disconnected(): CessError {
  return new CessError('RPC_DISCONNECTED', 'The connection to the chain node was lost.');
}
