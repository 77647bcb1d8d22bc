// A fixed number of places that several users share. A user may hold at most as many as are free, so one user alone takes at
// most half, and a newcomer always finds a place (the dynamic threshold of Choudhury and Hahne, 1998, with factor 1).

export class FairPlaces {
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(private readonly max: number) {}

  /** Takes a place. The result gives it back, once. Undefined when the user holds its share, or no place is free. */
  tryEnter(user: string): (() => void) | undefined {
    const held = this.#held.get(user) ?? 0;
    if (held >= this.max - this.#total) return undefined;
    this.#held.set(user, held + 1);
    this.#total++;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#total--;
      const left = (this.#held.get(user) ?? 1) - 1;
      if (left === 0) this.#held.delete(user);
      else this.#held.set(user, left);
    };
  }
}
