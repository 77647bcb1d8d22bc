// The chain as a table in memory, for a gateway and for providers, so that only the data path is measured.
import { type AnchorState, neverAnchored } from '@cess/audit-log';
import type { ProviderInfo } from '@cess/data-path';
import type { DeclarationOutcome, FileDeclaration, GatewayChain } from '@cess/gateway';
import { CessError, toHex } from '@cess/primitives';
import type {
  DutyChain,
  GatewayKey,
  ProviderChain,
  ProviderRecord,
  RegistrationRequest,
  SeenBlock,
} from '@cess/provider';
import { fileId, segmentRoot } from '@cess/types';

const genesis = new Uint8Array(32).fill(7);

export class GatewayTable implements GatewayChain {
  readonly isConnected = true;
  readonly genesis = genesis;
  readonly #files = new Set<string>();

  constructor(private readonly providers: readonly ProviderInfo[]) {}

  async listProviders(): Promise<readonly ProviderInfo[]> {
    return this.providers;
  }

  async finalizedTimeMs(): Promise<number> {
    return Date.now();
  }

  async lockedQuota(): Promise<number> {
    return 2 ** 50;
  }

  async declarableSpace() {
    return { bytes: await this.lockedQuota(), barrier: undefined };
  }

  async hasDeclaredFiles(): Promise<boolean> {
    return this.#files.size > 0;
  }

  async isDeclared(id: Uint8Array): Promise<boolean> {
    return this.#files.has(toHex(id));
  }

  async declareBatch(files: readonly FileDeclaration[]): Promise<DeclarationOutcome> {
    for (const { owner, orderId, segments } of files) {
      const segmentRoots = segments.map(({ k, ciphertextLength, fragments }) =>
        segmentRoot({ k, ciphertextLength, fragmentRoots: fragments.map(({ root }) => root) }),
      );
      this.#files.add(toHex(fileId({ genesis, owner, orderId, segmentRoots })));
    }
    return { refused: [], known: [] };
  }

  async deleteFiles(_owner: Uint8Array, ids: readonly Uint8Array[]): Promise<void> {
    for (const id of ids) this.#files.delete(toHex(id));
  }

  async fragmentHolder(): Promise<undefined> {
    return undefined;
  }

  async holdersOf(): Promise<readonly undefined[]> {
    return [];
  }

  async protectionOf(): Promise<'declared'> {
    return 'declared';
  }

  followHolders(): () => Promise<void> {
    return async () => {};
  }

  async finalizedState(): Promise<never> {
    throw new CessError('CHAIN_BLOCK_UNKNOWN', 'A table has no blocks.');
  }

  async authorizedGateways(): Promise<[]> {
    return [];
  }

  async anchorsOf(): Promise<AnchorState> {
    return neverAnchored;
  }

  async anchor(): Promise<void> {}

  async reportPlacement(): Promise<void> {}
}

export class ProviderTable implements ProviderChain {
  readonly genesis = genesis;
  #record: ProviderRecord | undefined;

  constructor(
    private readonly index: number,
    private readonly gateways: readonly GatewayKey[],
  ) {}

  async listGateways(): Promise<readonly GatewayKey[]> {
    return this.gateways;
  }

  async providerOfNodeKey(): Promise<undefined> {
    return undefined;
  }

  async ownRecord(): Promise<ProviderRecord | undefined> {
    return this.#record;
  }

  async register({ nodeKey, endpoint, declaredBytes }: RegistrationRequest): Promise<void> {
    this.#record = { index: this.index, nodeKey, endpoint, declaredBytes };
  }

  async updateEndpoint(endpoint: string): Promise<void> {
    this.#record = { ...this.#record!, endpoint };
  }

  async updateNodeKey(nodeKey: Uint8Array): Promise<void> {
    this.#record = { ...this.#record!, nodeKey };
  }

  async filesExist(fileIds: readonly Uint8Array[]): Promise<readonly boolean[]> {
    return fileIds.map(() => true);
  }

  async fragments(addresses: readonly unknown[]): Promise<readonly undefined[]> {
    return addresses.map(() => undefined);
  }

  async filesOfOrders(orderIds: readonly Uint8Array[]): Promise<readonly (readonly Uint8Array[])[]> {
    return orderIds.map(() => []);
  }

  follow(): () => Promise<void> {
    return async () => {};
  }

  latestBlock(): SeenBlock {
    return { number: 1, seenAtMs: 0 };
  }
}

/** A chain without TEE workers, rounds or orders. */
export const noDuties: DutyChain = {
  genesis,
  fragments: async (places) => places.map(() => undefined),
  teeWorkers: async () => [],
  tagKey: async () => undefined,
  tagKeysOf: async (places) => places.map(() => undefined),
  reportTags: async () => {},
  rounds: async () => [],
  round: async () => undefined,
  submitProof: async () => {},
  concede: async () => {},
  dispute: async () => {},
  reportLoss: async () => {},
  claimRestoralOrders: async () => {},
  releaseRestoralOrders: async () => {},
  completeRestoralOrders: async () => {},
  queuedSegments: async () => [],
  restoralOrders: async (places) => ({ now: 0, claimPeriod: 1, orders: places.map(() => undefined) }),
  segment: async () => undefined,
  providers: async () => new Map(),
  heldOnChain: async function* () {},
  ownSpace: async () => ({ isActive: false, freeBytes: 0 }),
  onConnected: () => () => {},
};
