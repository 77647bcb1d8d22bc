// A chain in memory with the provider's port: records what is registered, says what tests put into it.
import type { FragmentPlace } from '@cess/client';
import { CessError, toHex } from '@cess/primitives';
import { placeName } from '../holdings/place.js';
import type {
  ChainFragment,
  GatewayKey,
  ProviderChain,
  ProviderEvent,
  ProviderRecord,
  RegistrationRequest,
} from '../index.js';
import { FakeDutyChain } from './fake-duty-chain.js';

export class FakeChain implements ProviderChain {
  readonly genesis = new Uint8Array(32).fill(0xee);
  readonly gateways: GatewayKey[] = [];
  readonly providerKeys = new Map<string, number>();
  readonly files = new Set<string>();
  readonly orders = new Map<string, Uint8Array>();
  readonly placed = new Map<string, ChainFragment>();
  readonly calls: string[] = [];
  record: ProviderRecord | undefined;
  isDown = false;
  readonly duties = new FakeDutyChain(this.genesis, this.placed);
  #latest: { readonly number: number; readonly seenAtMs: number } | undefined = { number: 0, seenAtMs: 0 };
  #listeners = new Set<(events: readonly ProviderEvent[]) => Promise<void>>();

  async listGateways(): Promise<readonly GatewayKey[]> {
    this.#answer('listGateways');
    return [...this.gateways];
  }

  async providerOfNodeKey(nodeKey: Uint8Array): Promise<number | undefined> {
    this.#answer('providerOfNodeKey');
    return this.providerKeys.get(toHex(nodeKey));
  }

  async ownRecord(): Promise<ProviderRecord | undefined> {
    this.#answer('ownRecord');
    return this.record;
  }

  async register({ nodeKey, endpoint, declaredBytes }: RegistrationRequest): Promise<void> {
    this.#answer('register');
    this.record = { index: 5, nodeKey, endpoint, declaredBytes };
  }

  async updateEndpoint(endpoint: string): Promise<void> {
    this.#answer('updateEndpoint');
    this.record = { ...this.record!, endpoint };
  }

  async updateNodeKey(nodeKey: Uint8Array): Promise<void> {
    this.#answer('updateNodeKey');
    this.record = { ...this.record!, nodeKey };
  }

  async filesExist(fileIds: readonly Uint8Array[]): Promise<readonly boolean[]> {
    this.#answer('filesExist');
    return fileIds.map((id) => this.files.has(toHex(id)));
  }

  async fragments(addresses: readonly FragmentPlace[]): Promise<readonly (ChainFragment | undefined)[]> {
    this.#answer('fragments');
    return addresses.map((address) => this.placed.get(placeName(address)));
  }

  async filesOfOrders(orderIds: readonly Uint8Array[]): Promise<readonly (readonly Uint8Array[])[]> {
    this.#answer('filesOfOrders');
    return orderIds.map((id) => {
      const fileId = this.orders.get(toHex(id));
      return fileId === undefined ? [] : [fileId];
    });
  }

  follow(listener: (events: readonly ProviderEvent[]) => Promise<void>): () => Promise<void> {
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
    };
  }

  /** Counts what `finalize` finalized. */
  latestBlock(): { readonly number: number; readonly seenAtMs: number } | undefined {
    return this.#latest;
  }

  place(address: FragmentPlace, fragment: ChainFragment): void {
    this.placed.set(placeName(address), fragment);
  }

  /** Finalizes empty blocks up to this one. */
  advanceTo(number: number): void {
    this.#latest = { number, seenAtMs: 1_800_000_000_000 };
  }

  /** Finalizes a block with these events. */
  async finalize(...events: ProviderEvent[]): Promise<void> {
    this.#latest = { number: (this.#latest?.number ?? 0) + 1, seenAtMs: 1_800_000_000_000 };
    await Promise.all([...this.#listeners].map((listener) => listener(events)));
  }

  #answer(call: string): void {
    this.calls.push(call);
    if (this.isDown) throw new CessError('RPC_TIMEOUT', 'No node answers.');
  }
}
