// Recovers the data folder of a gateway from the chain and the providers (ADR 73): into an empty folder, or one that an interrupted
// recovery left.
import { join } from 'node:path';
import { accountIdOf } from '@cess/access';
import { pasteAccount } from '@cess/accounts';
import type { ExtrinsicSigner } from '@cess/client';
import { type AuthoritySet, type ChainClient, SS58_PREFIX, Submitter } from '@cess/client';
import { encodeSs58, systemRng, type X25519Pair } from '@cess/crypto';
import {
  type DeclaredFile,
  type IndexAnchor,
  type RecoveredIndex,
  type RecoveryProgress,
  recoverIndex,
  type StrayFile,
  type UnknownOrder,
  UnknownOrders,
} from '@cess/index-export';
import { type NodeSigner, ProviderClient } from '@cess/node-api';
import {
  isImporting,
  isUnused,
  LocalBackend,
  markUsed,
  ObjectIndex,
  openIndexFormat,
  RememberedChain,
} from '@cess/object-index';
import { CessError, equalBytes, isCessError, type Logger, present, systemTimers, toHex, utf8 } from '@cess/primitives';
import { type Kv, lockDirectory, openLmdb, writeFileAtomically } from '@cess/store';
import { isIndexOrder } from '@cess/types';
import { ChainAdapter } from '../chain/chain-adapter.js';
import { withRecipients } from '../keys/bucket-recipients.js';
import { ChainSource } from './chain-source.js';
import { ProviderSource } from './provider-source.js';

export interface RecoverGatewayInit {
  readonly client: ChainClient;
  /** Who finalizes, from the chain specification. */
  readonly authorities: AuthoritySet;
  /** Of the gateway that will run over the folder; registered on the chain, so that providers answer it. */
  readonly account: ExtrinsicSigner;
  readonly nodeSigner: NodeSigner;
  readonly wrappingKey: X25519Pair;
  readonly dataDir: string;
  /** Key of an owner: recovers the index of that owner, whichever gateway exported it. */
  readonly owner?: { readonly account: Uint8Array; readonly pair: X25519Pair } | undefined;
  /** Account of the gateway whose index is recovered. Default: this gateway, or the only one that exports for the owner. */
  readonly from?: Uint8Array | undefined;
  /** Accept that the gateway went on exporting meanwhile. */
  readonly isForced: boolean;
  readonly allowPrivateEndpoints: boolean;
  readonly logger: Logger;
  readonly onProgress: (progress: RecoveryProgress) => void;
  readonly signal: AbortSignal;
}

export interface RecoveryReport {
  readonly owners: readonly {
    readonly owner: string;
    readonly gateway: string;
    /** The index is as it was then. */
    readonly asOf: string;
  }[];
  readonly entries: number;
  readonly files: number;
  /** Files whose declaration is queued. */
  readonly declarations: number;
  /** Orders of uploads after the newest export. */
  readonly unknown: readonly UnknownOrder[];
  /** Providers that did not list what they hold: the list may lack orders that only they hold. */
  readonly silentProviders: readonly number[];
}

const reportFile = 'recovery.json';
const ordersPerPage = 500;
const requestTimeoutMs = 20_000;

/** Throws `RECOVERY_FOLDER_NOT_EMPTY`, `RECOVERY_NOTHING_FOUND`, `RECOVERY_AMBIGUOUS`, `RECOVERY_GATEWAY_ALIVE`, `EXPORT_INVALID`, … */
export async function recoverGateway(init: RecoverGatewayInit): Promise<RecoveryReport> {
  const report = await recoverFolder(init, () => {
    throw notEmpty(init.dataDir);
  });
  return present(report, 'the report of a recovery');
}

/**
 * The same if the folder has no index and the chain an anchor; undefined otherwise. An anchor may have been on its way to the chain when
 * the gateway ended: only a second one means `RECOVERY_GATEWAY_ALIVE`.
 */
export async function recoverIfLost(init: RecoverGatewayInit): Promise<RecoveryReport | undefined> {
  const recover = () => recoverFolder(init, () => undefined);
  try {
    return await recover().catch((error: unknown) => {
      if (!isCessError(error, 'RECOVERY_GATEWAY_ALIVE')) throw error;
      return recover();
    });
  } catch (error) {
    if (isCessError(error, 'RECOVERY_NOTHING_FOUND')) return undefined;
    throw error;
  }
}

async function recoverFolder(init: RecoverGatewayInit, whenUsed: () => undefined): Promise<RecoveryReport | undefined> {
  const lock = lockDirectory(init.dataDir);
  try {
    const store = openLmdb({ path: init.dataDir });
    try {
      if (!(await isUnused(new LocalBackend(store))) && !isImporting(store)) return whenUsed();
      const kv = await openIndexFormat(store, init.client.genesisHash);
      await rememberChain(kv, init.client);
      const report = await recoverInto(kv, init);
      writeFileAtomically(join(init.dataDir, reportFile), `${JSON.stringify(report, null, 2)}\n`);
      return report;
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

/** Tools that read the folder take the network from it. */
async function rememberChain(kv: Kv, { identity }: ChainClient): Promise<void> {
  const { genesisHash: genesis, runtime, properties } = identity;
  await new RememberedChain(kv).rememberIdentity({ genesis, ...runtime, properties: utf8(JSON.stringify(properties)) });
}

async function recoverInto(kv: Kv, init: RecoverGatewayInit): Promise<RecoveryReport> {
  const { client, account, wrappingKey, nodeSigner, logger } = init;
  const chain = new ChainSource(client, init.authorities);
  const anchors = chosen(await chain.anchors(), init);
  const providerClient = new ProviderClient({
    signer: nodeSigner,
    account: account.account,
    nowMs: systemTimers.nowMs,
    stallTimeoutMs: requestTimeoutMs,
  });
  try {
    const fragments = new ProviderSource(providerClient, await listProviders(init), logger);
    const pairs = init.owner === undefined ? [wrappingKey] : [init.owner.pair, wrappingKey];
    let found: Unknown = { unknown: [], silentProviders: [] };
    const recovered = await recoverIndex({
      kv,
      chain,
      fragments,
      anchors,
      pairs,
      account: account.account,
      restoreAccount: (owner, entries) => restoreAccount(kv, init, owner, entries),
      beforeEnd: async (exportFiles) => {
        await openBuckets(kv, pairs, wrappingKey);
        assertNotAlive(anchors, await chain.anchors(), init);
        const { strays, ...rest } = await findUnknown(kv, exportFiles, { chain, fragments, anchors });
        found = rest;
        return strays;
      },
      onProgress: init.onProgress,
      signal: init.signal,
    });
    await markUsed(new LocalBackend(kv));
    return reportOf(recovered, found);
  } finally {
    providerClient.close();
  }
}

/** One anchor for each owner. */
function chosen(anchors: readonly IndexAnchor[], { owner, from, account }: RecoverGatewayInit): IndexAnchor[] {
  const gateway = from ?? (owner === undefined ? account.account : undefined);
  const wanted = anchors
    .filter((anchor) => owner === undefined || equalBytes(anchor.owner, owner.account))
    .filter((anchor) => gateway === undefined || equalBytes(anchor.gateway, gateway));
  if (wanted.length === 0) {
    throw new CessError('RECOVERY_NOTHING_FOUND', 'The chain has no anchor of an exported index for this key.');
  }
  if (gateway === undefined && wanted.length > 1) {
    const gateways = wanted.map((anchor) => encodeSs58(anchor.gateway, SS58_PREFIX));
    const message = `Several gateways export an index for this owner; choose one with --from: ${gateways.join(', ')}`;
    throw new CessError('RECOVERY_AMBIGUOUS', message, { gateways });
  }
  return wanted;
}

async function listProviders({ client, account, allowPrivateEndpoints, logger, signal }: RecoverGatewayInit) {
  const submitter = new Submitter({ client, signer: account, logger });
  try {
    const adapter = { client, submitter, account: account.account, allowPrivateEndpoints, logger };
    return await new ChainAdapter(adapter).listProviders(signal);
  } finally {
    await submitter.stop();
  }
}

async function restoreAccount(
  kv: Kv,
  { client, wrappingKey }: RecoverGatewayInit,
  owner: Uint8Array,
  entries: readonly { readonly key: Uint8Array; readonly value: Uint8Array | undefined }[],
): Promise<void> {
  const records = entries.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
  const target = { kv, secret: wrappingKey.secretKey, rng: systemRng, networkId: client.genesisHash };
  await pasteAccount(target, accountIdOf(owner), records);
}

/** Wraps the keys of all buckets for the gateway that will run over the folder. */
async function openBuckets(kv: Kv, pairs: readonly X25519Pair[], { publicKey }: X25519Pair): Promise<void> {
  const index = new ObjectIndex(kv);
  for await (const { name, bucket } of index.buckets()) {
    const changed = withRecipients(bucket, pairs, [publicKey]);
    if (changed !== undefined) await index.changeBucket(name, () => changed);
  }
}

/** The key of this gateway anchored an export meanwhile: another process has it, and both would undo each other's work. */
function assertNotAlive(
  before: readonly IndexAnchor[],
  after: readonly IndexAnchor[],
  { account, isForced }: RecoverGatewayInit,
): void {
  const isNewer = ({ gateway, owner, number }: IndexAnchor) =>
    before.some((one) => equalBytes(one.gateway, gateway) && equalBytes(one.owner, owner) && one.number < number);
  if (isForced || !after.some((one) => equalBytes(one.gateway, account.account) && isNewer(one))) return;
  const message = 'A gateway with this key goes on exporting its index. Stop it, or use --force.';
  throw new CessError('RECOVERY_GATEWAY_ALIVE', message);
}

type Unknown = Pick<RecoveryReport, 'unknown' | 'silentProviders'>;

interface NetworkView {
  readonly chain: ChainSource;
  readonly fragments: ProviderSource;
  readonly anchors: readonly IndexAnchor[];
}

/** What the network has for the gateway that the index does not know; files of the export itself apart. */
async function findUnknown(
  kv: Kv,
  exportFiles: readonly Uint8Array[],
  { chain, fragments, anchors }: NetworkView,
): Promise<Unknown & { readonly strays: readonly StrayFile[] }> {
  const known = await knownOrders(new ObjectIndex(kv));
  const read = new Set(exportFiles.map(toHex));
  const declared: DeclaredFile[] = [];
  const strays: StrayFile[] = [];
  for (const gateway of gatewaysOf(anchors)) {
    for await (const file of chain.filesOf(gateway)) {
      const isRecovered = anchors.some(({ owner }) => equalBytes(owner, file.owner));
      if (!isRecovered || known.has(toHex(file.orderId))) continue;
      known.add(toHex(file.orderId));
      if (read.has(toHex(file.fileId))) continue;
      if (isIndexOrder(file.orderId)) strays.push(file);
      else declared.push(file);
    }
  }
  // Fragments of files that the chain records can be listed as undeclared for a moment.
  const orders = new UnknownOrders(known, systemTimers.nowMs());
  const silentProviders: number[] = [];
  for await (const listed of fragments.undeclared((provider) => silentProviders.push(provider))) orders.addHeld(listed);
  for (const file of declared) orders.addDeclared(file);
  return { unknown: orders.list(), silentProviders, strays };
}

function gatewaysOf(anchors: readonly IndexAnchor[]): Uint8Array[] {
  return [...new Map(anchors.map(({ gateway }) => [toHex(gateway), gateway])).values()];
}

async function knownOrders(index: ObjectIndex): Promise<Set<string>> {
  const known = new Set<string>();
  for (let page = await index.listOrders(ordersPerPage); page.length > 0; ) {
    for (const { orderId } of page) if (orderId !== undefined) known.add(toHex(orderId));
    page = await index.listOrders(ordersPerPage, page.at(-1)?.fileId);
  }
  return known;
}

function reportOf(
  { owners, entries, rebuilt }: RecoveredIndex,
  found: Pick<RecoveryReport, 'unknown' | 'silentProviders'>,
): RecoveryReport {
  const address = (account: Uint8Array) => encodeSs58(account, SS58_PREFIX);
  return {
    owners: owners.map(({ owner, gateway, madeAtMs }) => ({
      owner: address(owner),
      gateway: address(gateway),
      asOf: new Date(madeAtMs).toISOString(),
    })),
    entries,
    files: rebuilt.files,
    declarations: rebuilt.declarations,
    ...found,
  };
}

function notEmpty(folder: string): CessError<'RECOVERY_FOLDER_NOT_EMPTY'> {
  const message = `${folder} has an index already. Move it away, or choose another "dataDir".`;
  return new CessError('RECOVERY_FOLDER_NOT_EMPTY', message);
}
