// What capability records the peer-to-peer network has (docs/protocol/network.md §7), for clients that take no part in it, such as pages.
// A look-up asks many peers, so callers share the answer for a minute.
import type { CapabilityDirectory, NetworkRole } from '@cess/network';
import { type Timers, toHex0x } from '@cess/primitives';

/** Most records of one role in an answer. */
const maxRecords = 200;
const freshMs = 60_000;
/** A node that has just started finds nobody. */
const emptyFreshMs = 5_000;

/** What a node says of itself. Nobody has verified it beyond the signature of its key. */
export interface ReportedRecord {
  /** Hexadecimal with `0x`: on chain the node key of a provider or gateway. */
  readonly key: string;
  readonly roles: readonly NetworkRole[];
  readonly place: string;
  readonly endpoints: readonly string[];
  readonly storageBytes: number;
  readonly validUntilMs: number;
}

interface Answer {
  readonly records: Promise<readonly ReportedRecord[]>;
  /** Infinity while it is being looked up. */
  untilMs: number;
}

export class NetworkRecords {
  readonly #answers = new Map<NetworkRole, Answer>();

  constructor(
    private readonly directory: Pick<CapabilityDirectory, 'list'>,
    private readonly timers: Pick<Timers, 'nowMs'>,
  ) {}

  /** Records of nodes with a role, at most 200, by key. */
  list(role: NetworkRole): Promise<readonly ReportedRecord[]> {
    const known = this.#answers.get(role);
    if (known !== undefined && this.timers.nowMs() < known.untilMs) return known.records;
    const answer: Answer = { records: this.#lookUp(role), untilMs: Number.POSITIVE_INFINITY };
    this.#answers.set(role, answer);
    answer.records.then(
      ({ length }) => {
        answer.untilMs = this.timers.nowMs() + (length > 0 ? freshMs : emptyFreshMs);
      },
      () => this.#answers.delete(role),
    );
    return answer.records;
  }

  async #lookUp(role: NetworkRole): Promise<readonly ReportedRecord[]> {
    const found = await this.directory.list({ role, limit: maxRecords });
    return found
      .map(({ key, roles, place, endpoints, capacity: { storageBytes }, validUntilMs }) => ({
        ...{ key: toHex0x(key), roles, place, endpoints, storageBytes, validUntilMs },
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
