// The data path of a gateway: the memory of requests, stripe workers, placement at providers, reads, spilled bytes.
import {
  type Arena,
  BatchWriter,
  createArenas,
  dataPathError,
  ObjectReader,
  ObjectWriter,
  PackedReader,
  PackStore,
  ProviderDirectory,
  type ReadCounts,
  reservedArenaBytes,
  SealedCache,
  SegmentPlacer,
  type SpaceReservations,
  SpillFolder,
  StripeReader,
  StripeWorkerPool,
  stripeThreadCount,
} from '@cess/data-path';
import { type NodeSigner, ProviderClient } from '@cess/node-api';
import type { NewFile, ObjectIndex, RememberedChain } from '@cess/object-index';
import {
  type BackgroundPorts,
  GiB,
  KeyedMutex,
  MiB,
  messageOf,
  present,
  type Startable,
  toHex,
} from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { GatewayChain } from './chain-port.js';
import { OrphanRemover } from './declaration/orphan-remover.js';
import type { Quota } from './declaration/quota-ledger.js';
import type { GatewayConfig } from './gateway-config.js';
import type { BucketKeys } from './keys/bucket-keys.js';
import type { ObjectStorage } from './object-storage.js';
import { Packer } from './packing/packer.js';

const defaultMemoryBudgetBytes = 208 * MiB;
const defaultSpillBudgetBytes = 4 * GiB;
const defaultSmallCacheBytes = 32 * MiB;
/** Memory for reads that feed a store: a stripe of 16 data shards with as many spares, the largest of any storage class. */
const feedMemoryBytes = 32 * MiB;

interface DataPathParts {
  readonly kv: Kv;
  /** What other gateways serve, too. */
  readonly isShared: boolean;
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly memory: RememberedChain;
  readonly quota: Quota;
  readonly keys: BucketKeys;
  readonly signer: NodeSigner;
  readonly background: (component: string) => BackgroundPorts;
}

export interface GatewayDataPath extends Startable {
  readonly storage: ObjectStorage;
  readonly arena: Arena;
  readonly workers: StripeWorkerPool;
  readonly client: ProviderClient;
  readonly directory: ProviderDirectory;
  readonly placer: SegmentPlacer;
  readonly stripes: StripeReader;
  readonly reader: ObjectReader;
  readonly spills: SpillFolder;
  readonly packer: Packer;
  /** Reserves space unchecked: for what is acknowledged already, and for the export of the index. */
  readonly sealedPacks: PackStore;
  readonly smallCache: Pick<SealedCache, 'counts'>;
  /** Started with the declaration. */
  readonly orphans: OrphanRemover;
  readonly budgetBytes: number;
  /** Bytes used of the memory budget, copies included. */
  usedBytes(): number;
  readCounts(): ReadCounts;
}

export function createDataPath(parts: DataPathParts, config: GatewayConfig): GatewayDataPath {
  const { kv, isShared, index, chain, memory, quota, keys, signer, background } = parts;
  const { timers, logger } = background('placement');
  const nowMs = () => timers.nowMs();
  const threads = stripeThreadCount();
  const [arena, feedArena] = createArenas(
    reservedArenaBytes(threads),
    config.memoryBudgetBytes ?? defaultMemoryBudgetBytes,
    feedMemoryBytes,
  ) as [Arena, Arena];
  const workers = new StripeWorkerPool(arena.memory, threads);
  const client = new ProviderClient({
    signer,
    account: config.account,
    nowMs,
    stallTimeoutMs: config.providerStallMs ?? 20_000,
  });
  const directory = new ProviderDirectory({ ...background('placement'), chain, memory });
  const orphans = new OrphanRemover({ ...background('orphans'), kv, isShared, index, client, directory });
  const placer = new SegmentPlacer({
    directory,
    client,
    logger,
    nowMs,
    onOrphan: (provider, place) => orphans.retry(provider, place),
  });
  const stripes = new StripeReader({ arena, client, directory, nowMs });
  const feedStripes = new StripeReader({ arena: feedArena, client, directory, nowMs });
  const spills = new SpillFolder({
    dir: config.spillDir,
    budgetBytes: config.spillBudgetBytes ?? defaultSpillBudgetBytes,
  });
  const identity = { genesis: chain.genesis, gateway: config.account };
  const packs = new PackStore({ ...identity, workers, placer, space: quota, nowMs });
  // What is packed is acknowledged: a territory without room left must not keep it in batches for good.
  const space: SpaceReservations = {
    reserve: (territory, bytes) => quota.restore(territory, bytes),
    release: (territory, bytes) => quota.release(territory, bytes),
  };
  const sealedPacks = new PackStore({ ...identity, workers, placer, space, nowMs });
  const cache = new SealedCache(config.smallCacheBytes ?? defaultSmallCacheBytes);
  const batches = new BatchWriter({
    arena,
    packs,
    cache,
    keys,
    nowMs,
    onSettled: (packId) => {
      index.packs.close(packId).catch((error: unknown) => {
        // The next start closes it.
        logger.warn({ packId: toHex(packId), cause: messageOf(error) }, 'a batch of small objects could not be closed');
      });
    },
  });
  const writer = new ObjectWriter({
    ...identity,
    arena,
    workers,
    placer,
    directory,
    client,
    space: quota,
    keys,
    spills,
    batches,
    batchBelowBytes: config.batchBelowBytes ?? 0,
    nowMs,
  });
  const reading = { client, directory, workers, cache, nowMs };
  const packed = new PackedReader({ ...reading, arena, stripes });
  const feedPacked = new PackedReader({ ...reading, arena: feedArena, stripes: feedStripes });
  const reader = new ObjectReader({
    ...{ catalog: index, keys, stripes, arena, feedStripes, feedArena, packed, feedPacked, spills, workers },
  });
  const packing = { index, arena, packed, cache, packs: sealedPacks, maxAgeMs: config.packAfterMs };
  const packer = new Packer({ ...background('packing'), ...packing });
  const arenas = [arena, feedArena];
  const budgetBytes = arenas.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0);
  return {
    storage: createObjectStorage({ writer, reader, keys, index }),
    arena,
    workers,
    client,
    directory,
    placer,
    stripes,
    reader,
    spills,
    packer,
    sealedPacks,
    smallCache: cache,
    orphans,
    budgetBytes,
    usedBytes: () => budgetBytes - arenas.reduce((sum, { freeBytes }) => sum + freeBytes, 0),
    readCounts: () => addCounts(stripes.counts, feedStripes.counts),
    async start() {
      await spills.start();
      await directory.start();
      await packer.start();
    },
    async stop() {
      await packer.stop();
      await directory.stop();
      client.close();
      await workers.stop();
      await spills.stop();
    },
  };
}

interface StorageParts {
  readonly writer: ObjectWriter;
  readonly reader: ObjectReader;
  readonly keys: BucketKeys;
  readonly index: Pick<ObjectIndex, 'getFile'>;
}

function createObjectStorage({ writer, reader, keys, index }: StorageParts): ObjectStorage {
  const copies = new KeyedMutex();
  return {
    store: (request) => writer.store(request),
    discard: (body) => writer.discard(body),
    entered: (body) => writer.entered(body),
    read: (request) => reader.read(request),
    copying: (section) => copies.run('copy', section),
    async storeSealed({ fileId, ...request }) {
      const file = await index.getFile(fileId);
      if (file === undefined) throw dataPathError('GATEWAY_UNREADABLE');
      const { streamId, plaintextLength: length } = file;
      const wrapKey: NewFile['wrapKey'] = (bucket, source) => {
        const wrap = present(source, 'the wrap of the stream key');
        return keys.renew(bucket, streamId, wrap) ?? wrap;
      };
      const chunks = reader.readSealed({ fileId, client: request.client, signal: request.signal });
      return writer.store({ ...request, length, chunks, sealed: { streamId, sameStreamAs: fileId, wrapKey } });
    },
    createBucketKeys: (ownerKey) => keys.create(ownerKey),
    rewrap: ({ streamId, wrap }, from, to) => keys.wrapStream(to, streamId, keys.unwrapStream(from, streamId, wrap)),
  };
}

function addCounts(one: ReadCounts, other: ReadCounts): ReadCounts {
  return { hedged: one.hedged + other.hedged, decoded: one.decoded + other.decoded };
}
