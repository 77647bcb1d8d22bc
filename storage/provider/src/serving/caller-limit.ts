// Bounds the requests of one kind that run at a time, and shares them out among callers: a gateway, or another node, takes at
// most half of them and leaves some for every other.
import { FairPlaces, toHex } from '@cess/primitives';
import { RequestRefused } from './errors.js';

export class CallerLimit {
  readonly #places: FairPlaces;

  constructor(max: number) {
    this.#places = new FairPlaces(max);
  }

  /** Starts a request of a gateway's account, or of a node's key. The result ends it. Throws 503 when there is no place. */
  enter(caller: Uint8Array): () => void {
    const leave = this.#places.tryEnter(toHex(caller));
    if (leave !== undefined) return leave;
    throw new RequestRefused(
      503,
      'PROVIDER_BUSY',
      'The provider handles as many of these requests as it can. Retry later.',
    );
  }
}
