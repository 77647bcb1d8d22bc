// From JSON text to method calls and back: parsing, batches, routing, errors. Knows nothing of transports.
import { type Logger, messageOf } from '@cess/primitives';
import { authorMethods, authorSubscriptions } from './author-methods.js';
import { chainMethods, chainSubscriptions } from './chain-methods.js';
import { grandpaMethods, grandpaSubscriptions } from './grandpa-methods.js';
import { boundedJson } from './json-shapes.js';
import type { Method, Params, RpcContext, Subscription } from './method.js';
import { networkMethods } from './network-methods.js';
import { positionalParams } from './parameter-names.js';
import { nullId, type RawId, type ReadRequest, type RpcRequest, rawIdsOf, readRequest } from './read-request.js';
import { isUnexpected, type JsonRpcError, RpcError, rpcCodes, toJsonRpcError } from './rpc-error.js';
import type { RpcLimits } from './rpc-limits.js';
import { stateMethods, stateSubscriptions } from './state-methods.js';
import { systemMethods } from './system-methods.js';
import type { Turn } from './turns.js';

/** The connection that subscriptions belong to. */
export interface SubscriptionHolder {
  subscribe(subscription: Subscription, params: Params, context: RpcContext): Promise<string>;
  unsubscribe(method: string, id: unknown): boolean;
}

/** Limits on messages and their responses. */
export type MessageLimits = Pick<RpcLimits, 'maxBatch' | 'maxResponseBytes'>;

/** What methods work with, whoever asks. */
export type CommonContext = Omit<RpcContext, 'turn'>;

/** Who asks. */
export interface Caller {
  readonly turn: Turn;
  /** Absent over HTTP. */
  readonly holder?: SubscriptionHolder;
}

export class RpcDispatcher {
  readonly #context: CommonContext;
  readonly #logger: Logger;
  readonly #methods = new Map<string, Method>(
    Object.entries({
      ...{ ...systemMethods, ...chainMethods, ...stateMethods, ...authorMethods, ...grandpaMethods },
      ...networkMethods,
    }),
  );
  readonly #subscriptions = new Map<string, Subscription>(
    Object.entries({ ...chainSubscriptions, ...stateSubscriptions, ...authorSubscriptions, ...grandpaSubscriptions }),
  );
  readonly #unsubscriptions: ReadonlySet<string>;

  readonly #onAnswered: (method: string, isOk: boolean) => void;

  /** `onAnswered` is called for every request that names a method. */
  constructor(context: CommonContext, logger: Logger, onAnswered: (method: string, isOk: boolean) => void = () => {}) {
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

  /**
   * Answer to a message: one response, a batch of them, or undefined for notifications. Parsing and each request of a batch
   * wait for a turn of the caller, and its failure is that of this function.
   */
  async handleText(text: string, caller: Caller, limits: MessageLimits): Promise<string | undefined> {
    await caller.turn();
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return respondError(nullId, { code: rpcCodes.parse, message: 'Parse error' });
    }
    const rawIds = rawIdsOf(text, Array.isArray(message));
    if (!Array.isArray(message)) return this.#handleOne(readRequest(message, rawIds[0]), caller, limits);
    if (message.length === 0 || message.length > limits.maxBatch) {
      return respondError(nullId, {
        code: rpcCodes.invalidRequest,
        message: `A batch has 1 to ${limits.maxBatch} requests.`,
      });
    }
    const answers: string[] = [];
    let size = 2;
    for (const [index, each] of message.entries()) {
      await caller.turn();
      const answer = await this.#handleOne(readRequest(each, rawIds[index]), caller, limits);
      if (answer === undefined) continue;
      answers.push(answer);
      size += answer.length + 1;
      if (size > limits.maxResponseBytes) {
        return respondError(nullId, {
          code: rpcCodes.batchResponseTooLarge,
          message: 'The batch response was too large',
          data: `The responses exceed the limit of ${limits.maxResponseBytes} bytes. Ask for less at a time.`,
        });
      }
    }
    return answers.length === 0 ? undefined : `[${answers.join(',')}]`;
  }

  async #handleOne(
    read: ReadRequest,
    caller: Caller,
    { maxResponseBytes }: MessageLimits,
  ): Promise<string | undefined> {
    if (!read.ok) return respondError(read.id, { code: rpcCodes.invalidRequest, message: 'Invalid Request' });
    const { request } = read;
    try {
      const result = await this.#run(request, caller);
      const answer = boundedJson(result ?? null, maxResponseBytes);
      this.#onAnswered(request.method, true);
      return request.id === undefined ? undefined : `{"jsonrpc":"2.0","id":${request.id},"result":${answer}}`;
    } catch (thrown) {
      this.#onAnswered(request.method, false);
      if (isUnexpected(thrown)) {
        this.#logger.error({ method: request.method, reason: messageOf(thrown) }, 'RPC method failed');
      }
      return request.id === undefined ? undefined : respondError(request.id, toJsonRpcError(thrown));
    }
  }

  async #run({ method: name, params }: RpcRequest, { turn, holder }: Caller): Promise<unknown> {
    const method = this.#methods.get(name);
    const subscription = this.#subscriptions.get(name);
    const isUnsubscribe = this.#unsubscriptions.has(name);
    if (!method && !subscription && !isUnsubscribe) throw new RpcError(rpcCodes.methodNotFound, 'Method not found');
    const list = positionalParams(name, params, isUnsubscribe);
    const context = { ...this.#context, turn };
    if (method) return method(list, context);
    if (!holder) throw new RpcError(rpcCodes.methodNotFound, 'Subscriptions need a WebSocket connection.');
    return subscription ? holder.subscribe(subscription, list, context) : holder.unsubscribe(name, list[0]);
  }
}

function respondError(id: RawId, error: JsonRpcError): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`;
}
