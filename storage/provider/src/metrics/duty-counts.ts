// Counts what the duties of one provider do. Each method wraps an object that the duties use and counts its results, so
// the duties themselves count nothing.
import type { FragmentStore } from '@cess/fragment-store';
import type { KeepRound } from '../audit/round-keeper.js';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { FragmentRebuilding, FragmentSource } from '../repair/fragment-rebuilder.js';
import type { FragmentRepair } from '../repair/fragment-repair.js';
import type { FragmentCheck } from '../repair/paced-reader.js';
import type { RestoralClaiming } from '../repair/restoral-claims.js';
import type { DutyProgress } from './duty-progress.js';

type Counted = Omit<DutyProgress, 'tagged' | 'toTag' | 'reported'>;

export class DutyCounts {
  readonly #proofs = { passed: 0, submitted: 0, conceded: 0 };
  readonly #restoral = { claimed: 0, restored: 0 };
  readonly #rebuilt = { bytesRead: 0, bytesRebuilt: 0 };
  readonly #scrubbing = { scrubbed: 0, scrubbedBytes: 0, rotten: 0 };
  #repaired = 0;
  #lastProofRound: number | undefined;

  get progress(): Counted {
    return {
      lastProofRound: this.#lastProofRound,
      proofs: { ...this.#proofs },
      ...this.#restoral,
      ...this.#rebuilt,
      ...this.#scrubbing,
      repaired: this.#repaired,
    };
  }

  /** Counts the passed rounds of this provider in the events of a finalized block. */
  observe(events: readonly ProviderEvent[], own: number | undefined): void {
    for (const event of events) {
      if (event.type === 'closed' && event.provider === own && event.outcome === 'Passed') this.#proofs.passed++;
    }
  }

  rounds(keep: KeepRound): KeepRound {
    return async (ref, signal) => {
      const result = await keep(ref, signal);
      if (result === 'conceded') this.#proofs.conceded++;
      if (result === 'submitted') {
        this.#proofs.submitted++;
        this.#lastProofRound = ref.round;
      }
      return result;
    };
  }

  source(source: FragmentSource): FragmentSource {
    return {
      readFragment: async (provider, root, offset, target, signal) => {
        await source.readFragment(provider, root, offset, target, signal);
        this.#rebuilt.bytesRead += target.length;
      },
    };
  }

  rebuilder(rebuilder: FragmentRebuilding): FragmentRebuilding {
    return {
      rebuild: async (request, sink, signal) => {
        const result = await rebuilder.rebuild(request, sink, signal);
        if (result === 'rebuilt') this.#rebuilt.bytesRebuilt += request.facts.fragmentLength;
        return result;
      },
    };
  }

  claims(claims: RestoralClaiming): RestoralClaiming {
    return {
      recorded: (own, signal) => claims.recorded(own, signal),
      releaseLate: (own, signal) => claims.releaseLate(own, signal),
      claim: async (request, signal) => {
        const claimed = await claims.claim(request, signal);
        this.#restoral.claimed += claimed.length;
        return claimed;
      },
      settle: async (place) => {
        await claims.settle(place);
        this.#restoral.restored++;
      },
    };
  }

  repairer(repairer: FragmentRepair): FragmentRepair {
    return whenRepaired(repairer, () => this.#repaired++);
  }

  /** The repairer of fragments that the scrubber finds missing. */
  missingRepairer(repairer: FragmentRepair): FragmentRepair {
    return whenRepaired(repairer, () => this.#scrubbing.rotten++);
  }

  /** The reader of the scrubber. */
  reader(reader: FragmentCheck): FragmentCheck {
    return {
      check: async (held, signal) => {
        const state = await reader.check(held, signal);
        if (state !== 'deleted') this.#scrubbing.scrubbed++;
        if (state === 'corrupt') this.#scrubbing.rotten++;
        return state;
      },
    };
  }

  /** The store that the scrubber reads from. */
  scrubbedStore(store: Pick<FragmentStore, 'get' | 'read'>): Pick<FragmentStore, 'get' | 'read'> {
    const count = (bytes: number) => {
      this.#scrubbing.scrubbedBytes += bytes;
    };
    return {
      get: (id) => store.get(id),
      read: async function* (...of) {
        for await (const piece of store.read(...of)) {
          count(piece.length);
          yield piece;
        }
      },
    };
  }
}

function whenRepaired(repairer: FragmentRepair, count: () => void): FragmentRepair {
  return {
    repair: async (place, signal) => {
      const result = await repairer.repair(place, signal);
      if (result === 'repaired') count();
      return result;
    },
  };
}
