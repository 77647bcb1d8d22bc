// The DutyChain port over @cess/client. Each read uses one finalized block. Calls use the submitter of the provider.
import {
  type ChainClient,
  type FragmentPlace,
  type MapItem,
  type ProviderInfo,
  query,
  type RestoralOrder,
  type RoundRef,
  type Submitter,
  tx,
  type ValueItem,
} from '@cess/client';
import { readAuditRound } from '@cess/client/audit';
import { type ProviderAddress, parseNodeEndpoint } from '@cess/node-api';
import { fromUtf8, toHex } from '@cess/primitives';
import type { ChainFragment } from './chain-port.js';
import {
  type DutyChain,
  type OwnSpace,
  type ProofAnswer,
  type QueuedSegment,
  type QueuePoint,
  type RepairClass,
  type RestoralOrdersView,
  type RestoralOrderView,
  type RoundView,
  repairClasses,
  type SegmentFacts,
  type TagReportEntry,
  type TeeWorkerRecord,
  type WorkerTagKey,
} from './duty-chain.js';

const pageSize = 500;

export interface DutyAdapterInit {
  readonly client: Pick<
    ChainClient,
    'genesisHash' | 'finalizedHash' | 'header' | 'entry' | 'entries' | 'keysAfter' | 'value' | 'values' | 'onConnected'
  >;
  readonly submitter: Pick<Submitter, 'submit'>;
  /** Whether endpoints may be loopback or private addresses. For development only. */
  readonly allowPrivateEndpoints: boolean;
}

export class DutyAdapter implements DutyChain {
  constructor(private readonly init: DutyAdapterInit) {}

  get genesis(): Uint8Array {
    return this.init.client.genesisHash;
  }

  async fragments(addresses: readonly FragmentPlace[]): Promise<readonly (ChainFragment | undefined)[]> {
    const records = await this.#many(query.FileBank.Fragments, addresses.map(placeKey));
    return records.map((info) => info && { root: info.root, holder: info.holder });
  }

  async teeWorkers(): Promise<readonly TeeWorkerRecord[]> {
    const workers: (Omit<TeeWorkerRecord, 'isAuxiliary'> & { readonly bond: Uint8Array | undefined })[] = [];
    for await (const [, { endpoint, signer_key, tag_key, state, bond }] of this.init.client.entries(
      query.TeeWorker.Workers,
      [],
    )) {
      const origin = this.#origin(endpoint);
      if (state === 'Active' && origin !== undefined) {
        workers.push({ endpoint: origin, signerKey: signer_key, keyId: tag_key, bond });
      }
    }
    const awaiting = await this.#awaitingSeat(workers.flatMap(({ bond }) => (bond === undefined ? [] : [bond])));
    return workers.map(({ bond, ...worker }) => ({
      ...worker,
      isAuxiliary: bond !== undefined && awaiting.has(toHex(bond)),
    }));
  }

  /** Which of the accounts are candidates that have no seat and could have one, in hex. */
  async #awaitingSeat(accounts: readonly Uint8Array[]): Promise<ReadonlySet<string>> {
    const distinct = [...new Map(accounts.map((account) => [toHex(account), account])).values()];
    if (distinct.length === 0) return new Set();
    const { client } = this.init;
    const at = await client.finalizedHash();
    const { minimum_stake } = await client.value(query.Staking.Rules, at);
    const seats = (await client.value(query.Session.Clock, at))?.seats ?? [];
    const candidates = await this.#many(
      query.Staking.Candidates,
      distinct.map((account) => [account] as const),
    );
    const seated = new Set(seats.flatMap((holder) => (holder === undefined ? [] : [toHex(holder.account)])));
    const couldServe = distinct.filter((_, i) => {
      const candidate = candidates[i];
      return candidate?.state === 'Active' && candidate.stake >= minimum_stake;
    });
    return new Set(couldServe.map(toHex).filter((name) => !seated.has(name)));
  }

  async tagKey(keyId: Uint8Array): Promise<WorkerTagKey | undefined> {
    const { client } = this.init;
    const at = await client.finalizedHash();
    const key = await client.entry(query.TeeWorker.TagKeys, [keyId], at);
    const worker = key && (await client.entry(query.TeeWorker.Workers, [key.worker], at));
    if (key === undefined || worker === undefined) return undefined;
    const { x, x_alpha: xAlpha, srs_hash: srsHash } = key;
    const { signer_key: signerKey, state } = worker;
    const isRevoked = state === 'Exited';
    return { keyId, x, xAlpha, srsHash, signerKey, isRevoked, endpoint: this.#origin(worker.endpoint) };
  }

  async tagKeysOf(addresses: readonly FragmentPlace[]): Promise<readonly (Uint8Array | undefined)[]> {
    return (await this.#many(query.Audit.Tags, addresses.map(placeKey))).map((tag) => tag?.key_id);
  }

  async reportTags(keyId: Uint8Array, reports: readonly TagReportEntry[], signal: AbortSignal): Promise<void> {
    await this.#submit(tx.Audit.report_tags({ key_id: keyId, reports: reports.map(chainReport) }), signal);
  }

  async rounds(provider: number): Promise<readonly RoundRef[]> {
    const rounds: RoundRef[] = [];
    for await (const [[, keyId], { round }] of this.init.client.entries(query.Audit.Challenges, [provider])) {
      rounds.push({ provider, keyId, round });
    }
    return rounds;
  }

  async round(provider: number, keyId: Uint8Array): Promise<RoundView | undefined> {
    const { client } = this.init;
    const hash = await client.finalizedHash();
    const { number: asOf } = await client.header(hash);
    const id = { genesis: this.genesis, provider, keyId };
    const round = await readAuditRound((keys) => client.values(keys, hash), id);
    return round && { asOf, ...round };
  }

  async submitProof({ keyId, round, asOf, proof }: ProofAnswer, signal: AbortSignal): Promise<void> {
    await this.#submit(tx.Audit.submit_proof({ key_id: keyId, round, as_of: asOf, proof }), signal);
  }

  async concede({ keyId, round }: RoundRef, signal: AbortSignal): Promise<void> {
    await this.#submit(tx.Audit.concede({ key_id: keyId, round }), signal);
  }

  async dispute({ provider, keyId, round }: RoundRef, signal: AbortSignal): Promise<void> {
    await this.#submit(tx.Audit.dispute({ miner: provider, key_id: keyId, round }), signal);
  }

  async reportLoss(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void> {
    await this.#submit(tx.FileBank.report_loss({ places: places.map(chainPlace) }), signal);
  }

  async claimRestoralOrders(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void> {
    await this.#submit(tx.FileBank.claim_restoral_orders({ places: places.map(chainPlace) }), signal);
  }

  async releaseRestoralOrders(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void> {
    await this.#submit(tx.FileBank.release_restoral_orders({ places: places.map(chainPlace) }), signal);
  }

  async completeRestoralOrders(
    keyId: Uint8Array,
    restored: readonly TagReportEntry[],
    signal: AbortSignal,
  ): Promise<void> {
    const fragments = restored.map(chainReport);
    await this.#submit(tx.FileBank.complete_restoral_orders({ key_id: keyId, fragments }), signal);
  }

  async queuedSegments(
    repairClass: RepairClass,
    { margin, owner, fileId }: QueuePoint,
    limit: number,
  ): Promise<readonly QueuedSegment[]> {
    const item = query.FileBank.RepairQueue;
    const part = repairClasses.indexOf(repairClass);
    const after = item.key(part, margin, owner, fileId, 0);
    const keys = await this.init.client.keysAfter(item, [part], after, limit);
    return keys.map(([, queuedMargin, queuedOwner, queuedFile, segment]) => ({
      margin: queuedMargin,
      owner: queuedOwner,
      fileId: queuedFile,
      segment,
    }));
  }

  async restoralOrders(places: readonly FragmentPlace[]): Promise<RestoralOrdersView> {
    const { client } = this.init;
    const at = await client.finalizedHash();
    const [{ number: now }, { claim: claimPeriod }, orders, waits] = await Promise.all([
      client.header(at),
      client.value(query.Audit.Periods as ValueItem<{ readonly claim: number }>, at),
      this.#many(query.FileBank.RestoralOrders, places.map(placeKey), at),
      this.#many(query.FileBank.ClaimWaits, places.map(placeKey), at),
    ]);
    const views = orders.map((order, i) => order && restoralOrderView(order, waits[i] ?? []));
    return { now, claimPeriod, orders: views };
  }

  async segment(fileId: Uint8Array, segment: number): Promise<SegmentFacts | undefined> {
    const { client } = this.init;
    const at = await client.finalizedHash();
    const [file, shape] = await Promise.all([
      client.entry(query.FileBank.Files, [fileId], at),
      client.entry(query.FileBank.Segments, [fileId, segment], at),
    ]);
    if (file === undefined || shape === undefined) return undefined;
    const keys = Array.from({ length: shape.n }, (_, i) => [fileId, segment, i] as const);
    const fragments = (await this.#many(query.FileBank.Fragments, keys, at)).flatMap((info) =>
      info === undefined ? [] : [{ root: info.root, holder: info.holder }],
    );
    if (fragments.length < shape.n) return undefined;
    const { k, n, ciphertext_length: ciphertextLength, fragment_length: fragmentLength } = shape;
    return { orderId: file.order_id, gateway: file.gateway, k, n, ciphertextLength, fragmentLength, fragments };
  }

  async providers(indices: readonly number[]): Promise<ReadonlyMap<number, ProviderAddress>> {
    const records = await this.#many(
      query.Sminer.Miners,
      indices.map((index) => [index] as const),
    );
    const addresses = new Map<number, ProviderAddress>();
    for (const [i, index] of indices.entries()) {
      const record: ProviderInfo | undefined = records[i];
      const endpoint = record && this.#origin(record.endpoint);
      if (record !== undefined && endpoint !== undefined) addresses.set(index, { endpoint, nodeKey: record.node_key });
    }
    return addresses;
  }

  async *heldOnChain(provider: number): AsyncGenerator<readonly FragmentPlace[]> {
    let page: FragmentPlace[] = [];
    for await (const [[, fileId, segment, fragment]] of this.init.client.entries(query.FileBank.HeldBy, [provider])) {
      page.push({ fileId, segment, fragment });
      if (page.length < pageSize) continue;
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  async ownSpace(provider: number): Promise<OwnSpace> {
    const { client } = this.init;
    const info = await client.entry(query.Sminer.Miners, [provider], await client.finalizedHash());
    if (info === undefined) return { isActive: false, freeBytes: 0 };
    return { isActive: info.state === 'Positive', freeBytes: Number(info.declared_space - info.service_space) };
  }

  onConnected(listener: () => void): () => void {
    return this.init.client.onConnected(listener);
  }

  async #submit(call: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.init.submitter.submit(call, { signal });
  }

  async #many<K extends readonly unknown[], T>(
    item: MapItem<K, T>,
    keys: readonly K[],
    at?: Uint8Array,
  ): Promise<(T | undefined)[]> {
    if (keys.length === 0) return [];
    const { client } = this.init;
    const values = await client.values(
      keys.map((key) => item.key(...key)),
      at ?? (await client.finalizedHash()),
    );
    return values.map((value) => (value === undefined ? undefined : item.decodeValue(value)));
  }

  /** Endpoints on chain are untrusted input. */
  #origin(endpoint: Uint8Array): string | undefined {
    try {
      const origin = parseNodeEndpoint(fromUtf8(endpoint), this.init.allowPrivateEndpoints);
      return origin.ok ? origin.value : undefined;
    } catch {
      return undefined;
    }
  }
}

function placeKey({ fileId, segment, fragment }: FragmentPlace): [Uint8Array, number, number] {
  return [fileId, segment, fragment];
}

function chainPlace({ fileId, segment, fragment }: FragmentPlace) {
  return { file_id: fileId, segment, fragment };
}

function chainReport({ tagsHash, signature, ...place }: TagReportEntry) {
  return { ...chainPlace(place), tags_hash: tagsHash, signature };
}

interface Wait {
  readonly miner: number;
  readonly until: number;
}

function restoralOrderView(
  { reason, opened_at: openedAt, margin, claim }: RestoralOrder,
  waits: readonly Wait[],
): RestoralOrderView {
  const ofProvider = ({ miner: provider, until }: Wait) => ({ provider, until });
  return { reason, openedAt, margin, claim: claim && ofProvider(claim), waits: waits.map(ofProvider) };
}
