// The GatewayChain port over @cess/client. Reads use the finalized head; calls resolve when finalized.

import { type AnchorState, type LogPosition, neverAnchored } from '@cess/audit-log';
import { type ChainClient, type EventRecord, query, SetChangeHistory, type Submitter, tx } from '@cess/client';
import type { ProviderInfo } from '@cess/data-path';
import { parseNodeEndpoint } from '@cess/node-api';
import { type FinalizedState, finalizedStateOf } from '@cess/object-receipt';
import { equalBytes, type Logger, utf8, utf8OrEmpty } from '@cess/primitives';
import type {
  AuthorizedGateway,
  DeclarableSpace,
  DeclarationOutcome,
  FileDeclaration,
  GatewayChain,
  HolderAttestation,
  HolderChange,
  Placement,
  ProtectionStatus,
  RefusedHolder,
} from '../chain-port.js';

export interface ChainAdapterInit {
  readonly client: ChainClient;
  readonly submitter: Submitter;
  /** Account of this gateway. */
  readonly account: Uint8Array;
  /** Development networks run on loopback. Other networks reject loopback and private endpoints read from the chain. */
  readonly allowPrivateEndpoints: boolean;
  readonly logger: Logger;
  /** Called before a declaration, deletion or report is signed; throws while another gateway does them. Default: none does. */
  readonly guard?: (() => void) | undefined;
}

export class ChainAdapter implements GatewayChain {
  readonly #setChanges: SetChangeHistory;

  constructor(private readonly init: ChainAdapterInit) {
    this.#setChanges = new SetChangeHistory(init.client);
  }

  get genesis(): Uint8Array {
    return this.init.client.genesisHash;
  }

  get isConnected(): boolean {
    return this.init.client.isConnected;
  }

  async listProviders(signal: AbortSignal): Promise<readonly ProviderInfo[]> {
    const providers: ProviderInfo[] = [];
    for await (const [[index], info] of this.init.client.entries(query.Sminer.Miners, [])) {
      signal.throwIfAborted();
      if (info.state === 'Exited') continue;
      const endpoint = parseNodeEndpoint(utf8OrEmpty(info.endpoint), this.init.allowPrivateEndpoints);
      if (!endpoint.ok) {
        this.init.logger.debug(
          { provider: index, reason: endpoint.error },
          'skipping a provider whose endpoint is invalid',
        );
        continue;
      }
      providers.push({
        index,
        nodeKey: info.node_key,
        endpoint: endpoint.value,
        declaredBytes: Number(info.declared_space),
        serviceBytes: Number(info.service_space),
        takesFragments: info.state === 'Positive',
      });
    }
    return providers;
  }

  async finalizedTimeMs(): Promise<number> {
    const { client } = this.init;
    return Number(await client.value(query.Timestamp.Now, await client.finalizedHash()));
  }

  async lockedQuota(owner: Uint8Array, territory: string): Promise<number> {
    const { client, account } = this.init;
    const at = await client.finalizedHash();
    const name = utf8(territory);
    const [info, quota] = await Promise.all([
      client.entry(query.StorageHandler.Territory, [owner, name], at),
      client.entry(query.StorageHandler.Quota, [owner, name, account], at),
    ]);
    const valid =
      info !== undefined && quota !== undefined && info.state === 'Active' && equalBytes(info.token, quota.token);
    return valid ? Number(quota.locked) : 0;
  }

  async declarableSpace(owner: Uint8Array, territory: string): Promise<DeclarableSpace> {
    const { client, account } = this.init;
    const at = await client.finalizedHash();
    const name = utf8(territory);
    const [info, quota, authorities] = await Promise.all([
      client.entry(query.StorageHandler.Territory, [owner, name], at),
      client.entry(query.StorageHandler.Quota, [owner, name, account], at),
      client.entry(query.Oss.AuthorityList, [owner], at),
    ]);
    const isAuthorized = authorities.some((authority) => equalBytes(authority, account));
    if (!isAuthorized) return { bytes: 0, barrier: 'not-authorized' };
    if (info === undefined) return { bytes: 0, barrier: 'no-territory' };
    if (info.state === 'Expired') return { bytes: 0, barrier: 'territory-expired' };
    const isValid = quota !== undefined && equalBytes(info.token, quota.token);
    return { bytes: isValid ? Number(quota.locked) : 0, barrier: undefined };
  }

  async hasDeclaredFiles(): Promise<boolean> {
    const { client, account } = this.init;
    for await (const [, { gateway }] of client.entries(query.FileBank.Files, [], await client.finalizedHash())) {
      if (equalBytes(gateway, account)) return true;
    }
    return false;
  }

  async isDeclared(fileId: Uint8Array): Promise<boolean> {
    const { client } = this.init;
    return (await client.entry(query.FileBank.Files, [fileId], await client.finalizedHash())) !== undefined;
  }

  async fragmentHolder(fileId: Uint8Array, segment: number, fragment: number): Promise<number | undefined> {
    const { client } = this.init;
    const at = await client.finalizedHash();
    return (await client.entry(query.FileBank.Fragments, [fileId, segment, fragment], at))?.holder;
  }

  async holdersOf(fileId: Uint8Array, segment: number, fragments: number): Promise<readonly (number | undefined)[]> {
    const { client } = this.init;
    const item = query.FileBank.Fragments;
    const keys = Array.from({ length: fragments }, (_, fragment) => item.key(fileId, segment, fragment));
    const values = await client.values(keys, await client.finalizedHash());
    return values.map((value) => item.decodeValue(value)?.holder);
  }

  async protectionOf(fileIds: readonly Uint8Array[]): Promise<ProtectionStatus> {
    const status = await this.init.client.fileStatus(fileIds);
    if (status === 'Proven') return 'proven';
    if (status === 'Lost') return 'lost';
    return status === 'Tagged' ? 'tagged' : 'declared';
  }

  followHolders(listener: (changes: readonly HolderChange[]) => Promise<void>, onGap: () => void): () => Promise<void> {
    const { client } = this.init;
    const onHead = async (_header: unknown, hash: Uint8Array): Promise<void> => {
      const changes = (await client.events(hash)).flatMap(toHolderChange);
      if (changes.length > 0) await listener(changes);
    };
    return client.followFinalized(onHead, { onGap });
  }

  async declareBatch(
    files: readonly FileDeclaration[],
    attestations: readonly HolderAttestation[],
  ): Promise<DeclarationOutcome> {
    const call = tx.FileBank.declare_batch({
      files: files.map(({ owner, territory, orderId, segments }) => ({
        owner,
        territory: utf8(territory),
        order_id: orderId,
        segments: segments.map(({ k, ciphertextLength, fragmentLength, fragments }) => ({
          k,
          ciphertext_length: ciphertextLength,
          fragment_length: fragmentLength,
          fragments: fragments.map(({ root, holder }) => ({ root, holder })),
        })),
      })),
      attestations: attestations.map(({ provider, until, signature }) => ({ miner: provider, until, signature })),
    });
    const { submitter, guard } = this.init;
    const { events } = await submitter.submit(call, { guard });
    return { refused: events.flatMap(toRefusedHolder), known: events.flatMap(toKnownFile) };
  }

  async deleteFiles(owner: Uint8Array, fileIds: readonly Uint8Array[]): Promise<void> {
    const { submitter, guard } = this.init;
    await submitter.submit(tx.FileBank.delete_files({ owner, file_ids: fileIds }), { guard });
  }

  async reportPlacement({ fileId, segment, fragment, provider, until, signature }: Placement): Promise<void> {
    const { submitter, guard } = this.init;
    const call = tx.FileBank.report_placement({
      file_id: fileId,
      segment,
      fragment,
      miner: provider,
      until,
      signature,
    });
    await submitter.submit(call, { guard });
  }

  finalizedState(): Promise<FinalizedState> {
    return finalizedStateOf(this.init.client, this.#setChanges);
  }

  async authorizedGateways(owner: Uint8Array): Promise<readonly AuthorizedGateway[]> {
    const { client } = this.init;
    const at = await client.finalizedHash();
    const accounts = await client.entry(query.Oss.AuthorityList, [owner], at);
    const records = await client.values(
      accounts.map((account) => query.Oss.Oss.key(account)),
      at,
    );
    return accounts.flatMap((account, index) => {
      const info = query.Oss.Oss.decodeValue(records[index]);
      return info === undefined ? [] : [{ account, wrappingKey: info.wrapping_key }];
    });
  }

  async anchorsOf(log: string): Promise<AnchorState> {
    const { client, account } = this.init;
    const at = await client.finalizedHash();
    const info = await client.entry(query.Anchors.Anchors, [account, utf8(log)], at);
    if (info === undefined) return neverAnchored;
    const { sequence, root, count, history } = info;
    return { sequence: Number(sequence), head: root, count, history };
  }

  async anchor(log: string, { sequence, head }: LogPosition): Promise<void> {
    await this.init.submitter.submit(tx.Anchors.anchor({ log: utf8(log), sequence: BigInt(sequence), root: head }));
  }
}

function toHolderChange({ event }: EventRecord): HolderChange[] {
  if (event.type !== 'FileBank') return [];
  if (event.value.type === 'FragmentLost') {
    const { file_id: fileId, segment, fragment } = event.value.value;
    return [{ fileId, segment, fragment, holder: undefined }];
  }
  if (event.value.type === 'RestoralOrderCompleted') {
    const { file_id: fileId, segment, fragment, miner: holder } = event.value.value;
    return [{ fileId, segment, fragment, holder }];
  }
  return [];
}

function toRefusedHolder({ event }: EventRecord): RefusedHolder[] {
  if (event.type !== 'FileBank' || event.value.type !== 'HolderRefused') return [];
  const { file_id: fileId, segment, fragment, miner: provider, reason } = event.value.value;
  return [{ fileId, segment, fragment, provider, reason }];
}

function toKnownFile({ event }: EventRecord): Uint8Array[] {
  return event.type === 'FileBank' && event.value.type === 'FileAlreadyDeclared' ? [event.value.value.file_id] : [];
}
