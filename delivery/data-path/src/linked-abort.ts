// A signal that follows another one and can be aborted before it. It is made when it is asked for, because many small reads need none, and
// costs a fraction of AbortSignal.any.

export class LinkedAbort {
  #controller: AbortController | undefined;
  readonly #follow = () => this.#controller?.abort(this.outer.reason);

  constructor(private readonly outer: AbortSignal) {}

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.outer.aborted) this.#follow();
    else this.outer.addEventListener('abort', this.#follow);
    return this.#controller.signal;
  }

  /** Aborts the signal, and follows no more. */
  end(reason: Error): void {
    this.outer.removeEventListener('abort', this.#follow);
    this.#controller?.abort(reason);
  }
}
