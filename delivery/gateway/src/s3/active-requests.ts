// Requests in progress, by the connection on which they came: a connection that ends, or sends more requests, must not cost a look at all.
import type { Socket } from 'node:net';
import type { RequestBody } from './body/request-body.js';

export interface Work {
  readonly controller: AbortController;
  readonly socket: Socket;
  readonly body: RequestBody;
  readonly done: Promise<void>;
}

const none: ReadonlySet<Work> = new Set();

export class ActiveRequests {
  readonly #bySocket = new Map<Socket, Set<Work>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  *all(): IterableIterator<Work> {
    for (const works of this.#bySocket.values()) yield* works;
  }

  of(socket: Socket): ReadonlySet<Work> {
    return this.#bySocket.get(socket) ?? none;
  }

  add(work: Work): void {
    const works = this.#bySocket.get(work.socket) ?? new Set();
    this.#bySocket.set(work.socket, works.add(work));
    this.#count++;
  }

  /** Call it once for each request that was added. */
  delete(work: Work): void {
    const works = this.#bySocket.get(work.socket);
    if (works?.delete(work) !== true) return;
    this.#count--;
    if (works.size === 0) this.#bySocket.delete(work.socket);
  }
}
