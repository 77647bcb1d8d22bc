// Finds authors that sealed two headers in one slot, among the headers that a node verifies on any fork (docs/protocol/r2s.md §8).
// Memory is bounded by the window: only members of an era can add to it, one header for each slot and author.
import { findR2sPreDigest, type Header } from '@cess/chain-primitives';
import { equalBytes, invariant } from '@cess/primitives';
import { createEquivocationProof, type EquivocationProof } from './equivocation.js';
import { headerHash, splitSeal } from './seal.js';

/** 1 h 42 min with slots of 6 s. */
const defaultWindowSlots = 1024;

interface SeenHeader {
  readonly author: Uint8Array;
  readonly sealed: Header;
  readonly unsealedHash: Uint8Array;
  isReported: boolean;
}

export class EquivocationWatch {
  readonly #seen = new Map<bigint, SeenHeader[]>();
  #newest = 0n;

  constructor(private readonly windowSlots = defaultWindowSlots) {}

  /** Headers that are remembered. */
  get size(): number {
    return [...this.#seen.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /**
   * Takes note of a header that `verifyHeader` accepted, and of its author's ed25519 key. Returns the proof if the author sealed
   * another header of this slot; one for each author and slot. Headers that are older than the window are passed over.
   */
  observe(sealed: Header, author: Uint8Array): EquivocationProof | undefined {
    const seal = splitSeal(sealed);
    invariant(seal !== undefined, 'a verified header has a seal');
    const slot = findR2sPreDigest(seal.unsealed.digest.logs)?.slot;
    invariant(slot !== undefined, 'a verified header has a claim');
    if (slot + BigInt(this.windowSlots) <= this.#newest) return undefined;
    this.#moveTo(slot);
    const headers = this.#seen.get(slot) ?? [];
    const unsealedHash = headerHash(seal.unsealed);
    const first = headers.find((header) => equalBytes(header.author, author));
    if (first === undefined) {
      this.#seen.set(slot, [...headers, { author, sealed, unsealedHash, isReported: false }]);
      return undefined;
    }
    if (first.isReported || equalBytes(first.unsealedHash, unsealedHash)) return undefined;
    first.isReported = true;
    return createEquivocationProof(author, slot, [first.sealed, sealed]);
  }

  /** Forgets what the window no longer contains once it reaches `slot`. */
  #moveTo(slot: bigint): void {
    if (slot <= this.#newest) return;
    this.#newest = slot;
    for (const old of this.#seen.keys()) if (old + BigInt(this.windowSlots) <= slot) this.#seen.delete(old);
  }
}
