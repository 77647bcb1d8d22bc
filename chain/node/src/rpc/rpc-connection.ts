// One connection: requests under way, subscriptions, and what is not sent yet, all bounded.
// Notifications of a subscription leave after the answer that carries its id (clients drop earlier ones).
import { randomBytes } from 'node:crypto';
import { type Logger, messageOf } from '@cess/primitives';
import type { Params, RpcContext, Subscription } from './method.js';
import type { RpcDispatcher, SubscriptionHolder } from './rpc-dispatcher.js';
import { subscriptionLimit } from './rpc-error.js';
import type { RpcLimits } from './rpc-limits.js';
import type { RpcSocket } from './rpc-socket.js';

export interface RpcConnectionInit {
  readonly socket: RpcSocket;
  readonly dispatcher: RpcDispatcher;
  readonly limits: RpcLimits;
  readonly logger: Logger;
}

interface OpenSubscription {
  readonly unsubscribe: readonly string[];
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

  /** Asks the other side for a sign of life; ends the connection when the last question was not answered. */
  checkAlive(): void {
    const { socket } = this.#init;
    if (!this.#isAlive) {
      socket.terminate();
      return;
    }
    this.#isAlive = false;
    socket.ping();
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
    const open: OpenSubscription = { unsubscribe: subscription.unsubscribe, stop: () => {} };
    this.#subscriptions.set(id, open);
    let early: unknown[] | undefined = [];
    let isEnded = false;
    const notify = (result: unknown) => {
      const message = { jsonrpc: '2.0', method: subscription.notification, params: { subscription: id, result } };
      this.#send(JSON.stringify(message));
    };
    const push = {
      send: (result: unknown) => {
        if (early) early.push(result);
        else if (this.#subscriptions.has(id)) notify(result);
      },
      end: () => {
        isEnded = true;
        if (!early) this.#subscriptions.delete(id);
      },
    };
    try {
      open.stop = await subscription.start(params, context, push);
    } catch (thrown) {
      this.#subscriptions.delete(id);
      throw thrown;
    }
    if (this.#closed) {
      open.stop();
      this.#subscriptions.delete(id);
      return id;
    }
    // The answer with the id goes out before the next turn of the event loop.
    setImmediate(() => {
      const waiting = early ?? [];
      early = undefined;
      if (this.#subscriptions.has(id)) for (const result of waiting) notify(result);
      if (isEnded) this.#subscriptions.delete(id);
    });
    return id;
  }

  unsubscribe(method: string, id: unknown): boolean {
    const open = typeof id === 'string' ? this.#subscriptions.get(id) : undefined;
    if (!open?.unsubscribe.includes(method)) return false;
    this.#subscriptions.delete(id as string);
    open.stop();
    return true;
  }

  async #handle(text: string): Promise<void> {
    const { dispatcher, limits, logger, socket } = this.#init;
    // Too much under way: nothing more is read until half of it is answered.
    this.#pending++;
    this.#pendingBytes += text.length;
    const isBusy = this.#pending >= limits.maxPendingPerConnection || this.#pendingBytes >= limits.maxPendingBytes;
    if (isBusy) socket.pause();
    try {
      const answer = await dispatcher.handleText(text, this, limits.maxBatch);
      if (answer !== undefined) this.#send(answer);
    } catch (thrown) {
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
  }
}
