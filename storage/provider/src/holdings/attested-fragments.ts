// Undeclared fragments that this provider attested. An attestation can record them on chain up to its last block, so they
// must not be deleted before. The set is kept in memory only: after a restart, every undeclared fragment of the store
// counts as attested until the attestations of the former process have expired.
import { MAX_ATTESTATION_BLOCKS } from '@cess/client';
import type { FragmentId, FragmentStore } from '@cess/fragment-store';
import { toHex } from '@cess/primitives';
import type { SeenBlock } from '../chain/chain-port.js';

/** Half of what the chain accepts, because its head is ahead of the finalized block. */
const validBlocks = MAX_ATTESTATION_BLOCKS / 2;

export class AttestedFragments {
  /** Last blocks of the attestations by fragment, the earliest first. */
  readonly #until = new Map<string, number>();
  /** Fragments that the former process may have attested, until their attestations have expired. */
  readonly #former: Set<string>;
  #formerUntil: number | undefined;

  constructor(
    store: Pick<FragmentStore, 'fragments'>,
    private readonly latestBlock: () => SeenBlock | undefined,
  ) {
    const undeclared = [...store.fragments()].filter(({ fileId }) => fileId === undefined);
    this.#former = new Set(undeclared.map(nameOf));
  }

  /** Last block of an attestation that is signed now; undefined while no finalized block is known. */
  until(): number | undefined {
    const latest = this.latestBlock();
    return latest && latest.number + validBlocks;
  }

  note(ids: readonly FragmentId[], until: number): void {
    for (const id of ids) {
      const name = nameOf(id);
      this.#until.delete(name);
      this.#until.set(name, until);
    }
    const latest = this.latestBlock()?.number ?? 0;
    for (const [name, last] of this.#until) {
      if (last >= latest) break;
      this.#until.delete(name);
    }
  }

  /** Whether an attestation of this provider can still record the fragment on chain. */
  mayBeDeclared(id: FragmentId): boolean {
    const name = nameOf(id);
    const latest = this.latestBlock()?.number;
    if (latest === undefined) return this.#former.has(name) || this.#until.has(name);
    this.#formerUntil ??= latest + validBlocks;
    if (latest > this.#formerUntil) this.#former.clear();
    return this.#former.has(name) || latest <= (this.#until.get(name) ?? -1);
  }
}

function nameOf({ orderId, segment, fragment, root }: FragmentId): string {
  return `${toHex(orderId)}/${segment}/${fragment}/${toHex(root)}`;
}
