// What a recovered index does not know: orders that providers hold undeclared for the gateway, and files that it declared, which no entry
// names. They are of uploads after the newest export, acknowledged or not, and of packs that were being made. Their keys were in the
// lost index only, so nobody can open them; the list says what was lost, or rather the most that can have been.
import { toHex } from '@cess/primitives';

/** An undeclared fragment as its provider lists it. */
export interface HeldFragment {
  readonly orderId: Uint8Array;
  readonly ageSeconds: number;
  /** Of the fragment. */
  readonly length: number;
}

export interface DeclaredFile {
  readonly fileId: Uint8Array;
  readonly orderId: Uint8Array;
  readonly owner: Uint8Array;
  readonly storedBytes: number;
}

export interface UnknownOrder {
  readonly orderId: string;
  /** On the chain; null while undeclared. */
  readonly fileId: string | null;
  readonly owner: string | null;
  /** Of all its fragments that were found. */
  readonly storedBytes: number;
  /** When it was stored, as the providers remember; null for a declared file. */
  readonly storedAtMs: number | null;
}

export class UnknownOrders {
  readonly #orders = new Map<string, UnknownOrder>();

  constructor(
    /** Order ids (hex) whose fragments are not to be listed. */
    private readonly known: ReadonlySet<string>,
    private readonly nowMs: number,
  ) {}

  /** What one provider holds. */
  addHeld(fragments: readonly HeldFragment[]): void {
    for (const { orderId, ageSeconds, length } of fragments) {
      const name = toHex(orderId);
      if (this.known.has(name)) continue;
      const before = this.#orders.get(name);
      const storedAtMs = this.nowMs - ageSeconds * 1000;
      this.#orders.set(name, {
        orderId: name,
        fileId: null,
        owner: null,
        storedBytes: (before?.storedBytes ?? 0) + length,
        storedAtMs: Math.min(storedAtMs, before?.storedAtMs ?? storedAtMs),
      });
    }
  }

  addDeclared({ fileId, orderId, owner, storedBytes }: DeclaredFile): void {
    const name = toHex(orderId);
    this.#orders.set(name, {
      orderId: name,
      fileId: toHex(fileId),
      owner: toHex(owner),
      storedBytes,
      storedAtMs: null,
    });
  }

  /** The oldest first. */
  list(): UnknownOrder[] {
    return [...this.#orders.values()].sort((a, b) => (a.storedAtMs ?? 0) - (b.storedAtMs ?? 0));
  }
}
