// A WebSocket proxy before a chain node that lies to its clients as it is told.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createDeferred, type Deferred } from '@cess/primitives';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

export interface Exchange {
  readonly method: string;
  readonly params: readonly unknown[];
  /** What the node answered; undefined: an error. */
  readonly result: unknown;
  /** Hash of the newest block that the client has verified. */
  readonly known: string | undefined;
  /** What the lie shall not forget before the next one. */
  readonly memory: Map<string, unknown>;
  /** Asks the node something else. */
  ask(method: string, ...params: unknown[]): Promise<unknown>;
}

/** Called for every answer; gives the result as it is where it does not lie. */
export type ChangeResult = (exchange: Exchange) => unknown;

/** A lie about results, or about whole messages: what to send for an answer, if anything. */
export interface LieOf {
  readonly result?: ChangeResult;
  /** Called with an answer's text. */
  readonly text?: (text: string, id: number) => readonly string[];
}

export class LyingProxy {
  #lie: LieOf = {};
  #known: string | undefined;
  #memory = new Map<string, unknown>();

  private constructor(
    private readonly server: WebSocketServer,
    private readonly node: string,
  ) {
    server.on('connection', (client) => this.#serve(client));
  }

  static async before(node: string): Promise<LyingProxy> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new LyingProxy(server, node);
  }

  get endpoint(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From the next answer on, to a client that has verified this block. */
  tell(lie: LieOf, known?: string): void {
    this.#lie = lie;
    this.#known = known;
    this.#memory = new Map();
  }

  close(): void {
    for (const client of this.server.clients) client.terminate();
    this.server.close();
  }

  #serve(client: WebSocket): void {
    const asked = new Map<number, Deferred<unknown>>();
    const node = new WebSocket(this.node);
    const opened = once(node, 'open');
    let nextId = 1;
    const ask = async (method: string, params: readonly unknown[]): Promise<unknown> => {
      await opened;
      const id = nextId++;
      const answer = createDeferred<unknown>();
      asked.set(id, answer);
      node.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
      return answer.promise;
    };
    node.on('message', (data) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
      const answer = message.id === undefined ? undefined : asked.get(message.id);
      if (message.error === undefined) answer?.resolve(message.result);
      else answer?.reject(new Error(message.error.message));
    });
    client.on('message', (data) => void this.#answer(client, data, ask));
    client.on('close', () => node.terminate());
  }

  async #answer(
    client: WebSocket,
    data: RawData,
    ask: (method: string, params: readonly unknown[]) => Promise<unknown>,
  ): Promise<void> {
    const { id, method, params } = JSON.parse(String(data)) as { id: number; method: string; params: unknown[] };
    const { result: lie, text: rewrite } = this.#lie;
    let answer: object;
    try {
      // A lie may be about something that the node does not have.
      const result = lie === undefined ? await ask(method, params) : await ask(method, params).catch(() => undefined);
      const [known, memory] = [this.#known, this.#memory];
      const exchange: Exchange = { method, params, result, known, memory, ask: (name, ...rest) => ask(name, rest) };
      const told = lie === undefined ? result : await lie(exchange);
      if (told === undefined) throw new Error('the node has no answer');
      answer = { result: told };
    } catch (error) {
      answer = { error: { code: -32000, message: (error as Error).message } };
    }
    const text = JSON.stringify({ jsonrpc: '2.0', id, ...answer });
    for (const each of rewrite === undefined ? [text] : rewrite(text, id)) client.send(each);
  }
}
