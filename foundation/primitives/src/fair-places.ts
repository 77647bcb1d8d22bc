// A fixed amount of something (places, bytes) that several users share. A user may hold at most as much as is free, so one user
// alone takes at most half, and a newcomer always finds some (the dynamic threshold of Choudhury and Hahne, 1998, with factor 1).

export class FairPlaces {
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(private readonly max: number) {}

  /** All that is held. */
  get total(): number {
    return this.#total;
  }

  /** Takes a place, or `amount`. The result gives it back, once. Undefined when the user's share does not allow it. */
  tryEnter(user: string, amount = 1): (() => void) | undefined {
    const held = this.#held.get(user) ?? 0;
    if (held + amount > this.max - this.#total) return undefined;
    this.#held.set(user, held + amount);
    this.#total += amount;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#total -= amount;
      const left = (this.#held.get(user) ?? amount) - amount;
      if (left === 0) this.#held.delete(user);
      else this.#held.set(user, left);
    };
  }
}
