// Holders, tagging keys and rounds of the audit of the fragments of a receipt.
import { type ChallengeInfo, query } from '@cess/client';
import { fromHex, toHex0x, utf8OrEmpty } from '@cess/primitives';
import { type ReadState, recordOf, safeNumber } from './read-state.js';

/** A storage provider as the chain records it. */
export interface ProviderFact {
  readonly index: number;
  readonly account: string;
  readonly nodeKey: string;
  readonly endpoint: string;
  readonly state: string;
  /** Failed rounds since the last passed one. */
  readonly failures: number;
}

/** A tag key of a TEE worker as the chain records it. */
export interface TagKeyFact {
  readonly id: string;
  /** Index of the TEE worker that made it. */
  readonly worker: number;
  readonly epoch: number;
  readonly registeredAt: number;
}

/** The rounds of all that a provider has tagged under one key. */
export interface RoundFact {
  readonly provider: number;
  readonly tagKey: string;
  readonly fragments: number;
  readonly bytes: number;
  /** Bytes that the last passed round stood for. */
  readonly provenBytes: number;
  readonly nextRound: number;
  /** Block that opened the last passed round; null before the first. */
  readonly passedAt: number | null;
  /** Unanswered rounds in a row. */
  readonly unanswered: number;
  readonly running: RunningRoundFact | null;
}

/** An audit round that has not ended. */
interface RunningRoundFact {
  readonly round: number;
  readonly openedAt: number;
  readonly deadline: number;
  readonly state: ChallengeInfo['state']['type'];
  /** The verdict that can still be disputed. */
  readonly passed: boolean | null;
}

export interface AuditFactLists {
  readonly providers: readonly ProviderFact[];
  readonly tagKeys: readonly TagKeyFact[];
  readonly rounds: readonly RoundFact[];
}

export class AuditFacts {
  readonly #providers = new Set<number>();
  readonly #tagKeys = new Set<string>();
  readonly #registries = new Map<string, { readonly provider: number; readonly tagKey: string }>();

  constructor(private readonly state: ReadState) {}

  addProvider(index: number): void {
    this.#providers.add(index);
  }

  addTag(provider: number | undefined, keyId: Uint8Array): void {
    const tagKey = toHex0x(keyId);
    this.#tagKeys.add(tagKey);
    if (provider !== undefined) this.#registries.set(`${provider}/${tagKey}`, { provider, tagKey });
  }

  async read(): Promise<AuditFactLists> {
    return {
      providers: await this.#readProviders(),
      tagKeys: await this.#readTagKeys(),
      rounds: await this.#readRounds(),
    };
  }

  async #readProviders(): Promise<readonly ProviderFact[]> {
    const { Miners } = query.Sminer;
    const indices = [...this.#providers].sort((a, b) => a - b);
    const values = await this.state(indices.map((index) => Miners.key(index)));
    return indices.map((index, at) => {
      const info = recordOf(Miners.decodeValue(values[at]), `provider ${index}`);
      return {
        index,
        account: toHex0x(info.account),
        nodeKey: toHex0x(info.node_key),
        endpoint: utf8OrEmpty(info.endpoint),
        state: info.state,
        failures: info.failures,
      };
    });
  }

  async #readTagKeys(): Promise<readonly TagKeyFact[]> {
    const { TagKeys } = query.TeeWorker;
    const ids = [...this.#tagKeys];
    const values = await this.state(ids.map((id) => TagKeys.key(fromHex(id))));
    return ids.map((id, at) => {
      const info = recordOf(TagKeys.decodeValue(values[at]), `tagging key ${id}`);
      return { id, worker: info.worker, epoch: info.epoch, registeredAt: info.registered_at };
    });
  }

  async #readRounds(): Promise<readonly RoundFact[]> {
    const { Registries, Challenges } = query.Audit;
    const wanted = [...this.#registries.values()];
    const values = await this.state(
      wanted.flatMap(({ provider, tagKey }) => {
        const id = fromHex(tagKey);
        return [Registries.key(provider, id), Challenges.key(provider, id)];
      }),
    );
    return wanted.flatMap(({ provider, tagKey }, at) => {
      const info = Registries.decodeValue(values[2 * at]);
      if (info === undefined) return [];
      const running = Challenges.decodeValue(values[2 * at + 1]);
      return [
        {
          provider,
          tagKey,
          fragments: info.live,
          bytes: safeNumber(info.bytes),
          provenBytes: safeNumber(info.proven_bytes),
          nextRound: info.round,
          passedAt: info.passed_at ?? null,
          unanswered: info.strikes,
          running: running === undefined ? null : runningRound(running),
        },
      ];
    });
  }
}

function runningRound({ round, opened_at: openedAt, deadline, state }: ChallengeInfo): RunningRoundFact {
  return {
    round,
    openedAt,
    deadline,
    state: state.type,
    passed: state.type === 'Judged' ? state.value.passed : null,
  };
}
