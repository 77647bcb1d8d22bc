// One connection: requests under way, subscriptions, and what is not sent yet, all bounded.
// Notifications of a subscription leave after the answer that carries its id (clients drop earlier ones).
import { randomBytes } from 'node:crypto';
import { type Logger, messageOf } from '@cess/primitives';
import { boundedJson } from './json-shapes.js';
import type { Params, Push, RpcContext, Subscription } from './method.js';
import type { RpcDispatcher, SubscriptionHolder } from './rpc-dispatcher.js';
import { connectionClosed, subscriptionLimit, toJsonRpcError } from './rpc-error.js';
import type { RpcLimits } from './rpc-limits.js';
import type { RpcSocket } from './rpc-socket.js';
import type { Turn } from './turns.js';

export interface RpcConnectionInit {
  readonly socket: RpcSocket;
  readonly dispatcher: RpcDispatcher;
  readonly limits: RpcLimits;
  readonly logger: Logger;
  readonly turn: Turn;
  /** Called when a message was buffered instead of sent. */
  readonly onUnsent: () => void;
}

interface OpenSubscription {
  readonly unsubscribe: readonly string[];
  /** Number of watched state keys. */
  keys: number;
  stop: () => void;
}

export class RpcConnection implements SubscriptionHolder {
  readonly #init: RpcConnectionInit;
  readonly #subscriptions = new Map<string, OpenSubscription>();
  #pending = 0;
  #pendingBytes = 0;
  #closed = false;
  #isAlive = true;

  constructor(init: RpcConnectionInit) {
    this.#init = init;
    init.socket.listen({
      onMessage: (text) => void this.#handle(text),
      onPong: () => {
        this.#isAlive = true;
      },
    });
  }

  /** Sends a ping; closes the connection when the previous ping was not answered. */
  checkAlive(): void {
    const { socket } = this.#init;
    if (!this.#isAlive) {
      socket.terminate();
      return;
    }
    this.#isAlive = false;
    socket.ping();
  }

  /** Bytes that the peer has not read yet. */
  get unsentBytes(): number {
    return this.#init.socket.bufferedAmount;
  }

  /** Closes the connection because it reads too slowly. */
  closeSlow(): void {
    const { socket, logger } = this.#init;
    logger.warn({ unsentBytes: socket.bufferedAmount }, 'connection closed: unsent bytes exceed the total limit');
    socket.terminate();
  }

  /** Ends all subscriptions. */
  close(): void {
    this.#closed = true;
    for (const { stop } of this.#subscriptions.values()) stop();
    this.#subscriptions.clear();
  }

  async subscribe(subscription: Subscription, params: Params, context: RpcContext): Promise<string> {
    const limit = this.#init.limits.maxSubscriptionsPerConnection;
    if (this.#subscriptions.size >= limit) throw subscriptionLimit(limit);
    const id = randomBytes(12).toString('base64url');
    const open: OpenSubscription = { unsubscribe: subscription.unsubscribe, keys: 0, stop: () => {} };
    this.#subscriptions.set(id, open);
    try {
      open.stop = await subscription.start(params, context, this.#pushOf(id, open, subscription.notification));
    } catch (thrown) {
      this.#subscriptions.delete(id);
      throw thrown;
    }
    if (this.#subscriptions.get(id) !== open) open.stop();
    return id;
  }

  /** Sends notifications in later turns of the client, in order: after the response with the id, and never within the
   * work that caused them. */
  #pushOf(id: string, open: OpenSubscription, method: string): Push {
    const { maxResponseBytes, maxWatchedKeysPerConnection } = this.#init.limits;
    const isEnded = () => this.#subscriptions.get(id) !== open;
    const later = async (action: () => void) => {
      await this.#init.turn();
      if (!isEnded()) action();
    };
    const notify = (name: 'result' | 'error', json: string) =>
      this.#send(`{"jsonrpc":"2.0","method":"${method}","params":{"subscription":"${id}","${name}":${json}}}`);
    const end = () => {
      this.#subscriptions.delete(id);
      open.stop();
    };
    const failNow = (thrown: unknown) => {
      notify('error', JSON.stringify(toJsonRpcError(thrown)));
      this.#init.logger.debug({ method, reason: messageOf(thrown) }, 'subscription ended by a failure');
      end();
    };
    return {
      send: (result) =>
        void later(() => {
          try {
            notify('result', boundedJson(result, maxResponseBytes));
          } catch (thrown) {
            failNow(thrown);
          }
        }),
      end: () => void later(end),
      fail: (thrown) => void later(() => failNow(thrown)),
      get isEnded() {
        return isEnded();
      },
      reserveKeys: (count) => {
        let total = count;
        for (const { keys } of this.#subscriptions.values()) total += keys;
        if (total > maxWatchedKeysPerConnection) throw subscriptionLimit(maxWatchedKeysPerConnection, 'watched keys');
        open.keys += count;
      },
    };
  }

  unsubscribe(method: string, id: unknown): boolean {
    const open = typeof id === 'string' ? this.#subscriptions.get(id) : undefined;
    if (!open?.unsubscribe.includes(method)) return false;
    this.#subscriptions.delete(id as string);
    open.stop();
    return true;
  }

  /** The next turn. Throws when the connection is closed by then: its requests are not worth the work. */
  async #openTurn(): Promise<void> {
    await this.#init.turn();
    if (this.#closed) throw connectionClosed();
  }

  async #handle(text: string): Promise<void> {
    const { dispatcher, limits, logger, socket } = this.#init;
    // Too many requests in progress: pause reading until half of them are answered.
    this.#pending++;
    this.#pendingBytes += text.length;
    const isBusy = this.#pending >= limits.maxPendingPerConnection || this.#pendingBytes >= limits.maxPendingBytes;
    if (isBusy) socket.pause();
    try {
      const answer = await dispatcher.handleText(text, { turn: () => this.#openTurn(), holder: this }, limits);
      if (answer !== undefined) this.#send(answer);
    } catch (thrown) {
      if (this.#closed) return;
      logger.error({ reason: messageOf(thrown) }, 'connection closed after an internal failure');
      socket.terminate();
    } finally {
      this.#pending--;
      this.#pendingBytes -= text.length;
      const isCalm =
        this.#pending <= limits.maxPendingPerConnection / 2 && this.#pendingBytes <= limits.maxPendingBytes / 2;
      if (socket.isPaused && isCalm) socket.resume();
    }
  }

  #send(text: string): void {
    const { socket, limits, logger } = this.#init;
    if (this.#closed || !socket.isOpen) return;
    if (socket.bufferedAmount > limits.maxUnsentBytes) {
      logger.warn({ unsentBytes: socket.bufferedAmount }, 'connection closed: it reads too slowly');
      socket.terminate();
      return;
    }
    socket.send(text);
    if (socket.bufferedAmount > 0) this.#init.onUnsent();
  }
}
