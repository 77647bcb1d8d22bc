// One critical section per key, first come first served. The map holds only keys that are in use.

export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `section` after all earlier sections of the same key have ended. */
  async run<T>(key: string, section: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    let release!: () => void;
    const tail = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#tails.set(key, tail);
    await before;
    try {
      return await section();
    } finally {
      release();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
