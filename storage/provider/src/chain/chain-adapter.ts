// The ProviderChain port over @cess/client. Several lookups at one finalized block share one request.
import { type ChainClient, type FragmentPlace, query, type Submitter, tx } from '@cess/client';
import { toHex, utf8, utf8OrEmpty } from '@cess/primitives';
import type {
  ChainFragment,
  GatewayKey,
  ProviderChain,
  ProviderEvent,
  ProviderRecord,
  RegistrationRequest,
  SeenBlock,
} from './chain-port.js';
import type { FinalizedFeed } from './finalized-feed.js';
import { pagesOf } from './pages.js';

/** Orders that are looked up at the same time. */
const ordersAtOnce = 32;

export interface ProviderChainInit {
  readonly client: Pick<ChainClient, 'genesisHash' | 'finalizedHash' | 'entry' | 'entries' | 'values'>;
  readonly submitter: Pick<Submitter, 'submit'>;
  /** Shared by the providers of one process. */
  readonly feed: FinalizedFeed;
  /** Account of this provider, the signer of `submitter`. */
  readonly account: Uint8Array;
}

export class ProviderChainAdapter implements ProviderChain {
  constructor(private readonly init: ProviderChainInit) {}

  get genesis(): Uint8Array {
    return this.init.client.genesisHash;
  }

  async listGateways(): Promise<readonly GatewayKey[]> {
    const { client } = this.init;
    const at = await client.finalizedHash();
    // The chain removes a quota when it is used up and when the territory expires.
    const withQuota = new Set<string>();
    for await (const [[, , account]] of client.entries(query.StorageHandler.Quota, [], at))
      withQuota.add(toHex(account));
    const gateways: GatewayKey[] = [];
    for await (const [[account], info] of client.entries(query.Oss.Oss, [], at)) {
      gateways.push({ account, nodeKey: info.node_key, hasQuota: withQuota.has(toHex(account)) });
    }
    return gateways;
  }

  async providerOfNodeKey(nodeKey: Uint8Array): Promise<number | undefined> {
    const { client } = this.init;
    return client.entry(query.Sminer.NodeKeys, [nodeKey], await client.finalizedHash());
  }

  async ownRecord(): Promise<ProviderRecord | undefined> {
    const { client, account } = this.init;
    const at = await client.finalizedHash();
    const index = await client.entry(query.Sminer.MinerIndex, [account], at);
    if (index === undefined) return undefined;
    const info = await client.entry(query.Sminer.Miners, [index], at);
    if (info === undefined) return undefined;
    const { node_key, endpoint, declared_space } = info;
    return { index, nodeKey: node_key, endpoint: utf8OrEmpty(endpoint), declaredBytes: Number(declared_space) };
  }

  async register({ nodeKey, proofOfPossession, endpoint, declaredBytes }: RegistrationRequest): Promise<void> {
    await this.init.submitter.submit(
      tx.Sminer.regnstk({
        beneficiary: this.init.account,
        node_key: nodeKey,
        proof_of_possession: proofOfPossession,
        endpoint: utf8(endpoint),
        declared_space: BigInt(declaredBytes),
      }),
    );
  }

  async updateEndpoint(endpoint: string): Promise<void> {
    await this.init.submitter.submit(tx.Sminer.update_endpoint({ endpoint: utf8(endpoint) }));
  }

  async updateNodeKey(nodeKey: Uint8Array, proofOfPossession: Uint8Array): Promise<void> {
    const call = tx.Sminer.update_node_key({ node_key: nodeKey, proof_of_possession: proofOfPossession });
    await this.init.submitter.submit(call);
  }

  async filesExist(fileIds: readonly Uint8Array[]): Promise<readonly boolean[]> {
    const values = await this.#lookUp(fileIds.map((id) => query.FileBank.Files.key(id)));
    return values.map((value) => value !== undefined);
  }

  async fragments(addresses: readonly FragmentPlace[]): Promise<readonly (ChainFragment | undefined)[]> {
    const item = query.FileBank.Fragments;
    const keys = addresses.map(({ fileId, segment, fragment }) => item.key(fileId, segment, fragment));
    return (await this.#lookUp(keys)).map((value) => {
      const info = value === undefined ? undefined : item.decodeValue(value);
      return info === undefined ? undefined : { root: info.root, holder: info.holder };
    });
  }

  async filesOfOrders(orderIds: readonly Uint8Array[]): Promise<readonly (readonly Uint8Array[])[]> {
    const { Orders: item } = query.FileBank;
    const at = await this.init.client.finalizedHash();
    const former = await this.init.client.values(
      orderIds.map((id) => item.key(id)),
      at,
    );
    const owned = new Map<string, readonly Uint8Array[]>();
    // The fragments of one order are looked up once.
    for (const group of pagesOf(new Map(orderIds.map((id) => [toHex(id), id])), ordersAtOnce)) {
      await Promise.all(group.map(async ([key, orderId]) => owned.set(key, await this.#filesOfOrder(orderId, at))));
    }
    return orderIds.map((id, i) => {
      const fileId = item.decodeValue(former[i]);
      return [...(fileId === undefined ? [] : [fileId]), ...(owned.get(toHex(id)) ?? [])];
    });
  }

  async #filesOfOrder(orderId: Uint8Array, at: Uint8Array): Promise<readonly Uint8Array[]> {
    const files: Uint8Array[] = [];
    for await (const [, fileId] of this.init.client.entries(query.FileBank.OwnedOrders, [orderId], at)) {
      files.push(fileId);
    }
    return files;
  }

  follow(listener: (events: readonly ProviderEvent[]) => Promise<void>): () => Promise<void> {
    return this.init.feed.subscribe(listener);
  }

  latestBlock(): SeenBlock | undefined {
    return this.init.feed.latest;
  }

  /** Raw values of many keys at the finalized head. */
  async #lookUp(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const { client } = this.init;
    return client.values(keys, await client.finalizedHash());
  }
}
