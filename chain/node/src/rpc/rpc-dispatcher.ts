// From JSON text to method calls and back: parsing, batches, routing, errors. Knows nothing of transports.
import { type Logger, messageOf } from '@cess/primitives';
import { authorMethods, authorSubscriptions } from './author-methods.js';
import { chainMethods, chainSubscriptions } from './chain-methods.js';
import { grandpaMethods, grandpaSubscriptions } from './grandpa-methods.js';
import type { Method, Params, RpcContext, Subscription } from './method.js';
import { isUnexpected, type JsonRpcError, RpcError, rpcCodes, toJsonRpcError } from './rpc-error.js';
import { stateMethods, stateSubscriptions } from './state-methods.js';
import { systemMethods } from './system-methods.js';

/** The connection that subscriptions belong to. */
export interface SubscriptionHolder {
  subscribe(subscription: Subscription, params: Params, context: RpcContext): Promise<string>;
  unsubscribe(method: string, id: unknown): boolean;
}

interface Request {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: Params;
}

export class RpcDispatcher {
  readonly #context: RpcContext;
  readonly #logger: Logger;
  readonly #methods = new Map<string, Method>(
    Object.entries({ ...systemMethods, ...chainMethods, ...stateMethods, ...authorMethods, ...grandpaMethods }),
  );
  readonly #subscriptions = new Map<string, Subscription>(
    Object.entries({ ...chainSubscriptions, ...stateSubscriptions, ...authorSubscriptions, ...grandpaSubscriptions }),
  );
  readonly #unsubscriptions: ReadonlySet<string>;

  readonly #onAnswered: (method: string, isOk: boolean) => void;

  /** `onAnswered` is called for every request that names a method. */
  constructor(context: RpcContext, logger: Logger, onAnswered: (method: string, isOk: boolean) => void = () => {}) {
    this.#onAnswered = onAnswered;
    this.#context = context;
    this.#logger = logger;
    this.#unsubscriptions = new Set([...this.#subscriptions.values()].flatMap(({ unsubscribe }) => unsubscribe));
    const names = [
      ...this.#methods.keys(),
      ...this.#subscriptions.keys(),
      ...this.#unsubscriptions,
      'rpc_methods',
    ].sort();
    this.#methods.set('rpc_methods', () => ({ methods: names }));
  }

  /** Answer to a message: one response, a batch of them, or undefined for notifications. */
  async handleText(
    text: string,
    holder: SubscriptionHolder | undefined,
    maxBatch: number,
  ): Promise<string | undefined> {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return respondError(null, { code: rpcCodes.parse, message: 'Parse error' });
    }
    if (!Array.isArray(message)) return this.#handleOne(message, holder);
    if (message.length === 0 || message.length > maxBatch) {
      return respondError(null, { code: rpcCodes.invalidRequest, message: `A batch has 1 to ${maxBatch} requests.` });
    }
    const answers: string[] = [];
    for (const each of message) {
      const answer = await this.#handleOne(each, holder);
      if (answer !== undefined) answers.push(answer);
    }
    return answers.length === 0 ? undefined : `[${answers.join(',')}]`;
  }

  async #handleOne(message: unknown, holder: SubscriptionHolder | undefined): Promise<string | undefined> {
    const request = readRequest(message);
    if (!request) return respondError(null, { code: rpcCodes.invalidRequest, message: 'Invalid Request' });
    try {
      const result = await this.#run(request, holder);
      this.#onAnswered(request.method, true);
      return JSON.stringify({ jsonrpc: '2.0', id: request.id, result: result ?? null });
    } catch (thrown) {
      this.#onAnswered(request.method, false);
      if (isUnexpected(thrown)) {
        this.#logger.error({ method: request.method, reason: messageOf(thrown) }, 'RPC method failed');
      }
      return respondError(request.id, toJsonRpcError(thrown));
    }
  }

  async #run({ method: name, params }: Request, holder: SubscriptionHolder | undefined): Promise<unknown> {
    const method = this.#methods.get(name);
    if (method) return method(params, this.#context);
    const subscription = this.#subscriptions.get(name);
    if (!subscription && !this.#unsubscriptions.has(name))
      throw new RpcError(rpcCodes.methodNotFound, 'Method not found');
    if (!holder) throw new RpcError(rpcCodes.methodNotFound, 'Subscriptions need a WebSocket connection.');
    return subscription ? holder.subscribe(subscription, params, this.#context) : holder.unsubscribe(name, params[0]);
  }
}

function readRequest(message: unknown): Request | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { id, method, params } = message as Record<string, unknown>;
  if (typeof method !== 'string') return undefined;
  if (typeof id !== 'string' && typeof id !== 'number' && id !== null && id !== undefined) return undefined;
  if (params !== undefined && !Array.isArray(params)) return undefined;
  return { id: id ?? null, method, params: (params ?? []) as unknown[] };
}

function respondError(id: string | number | null, error: JsonRpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}
