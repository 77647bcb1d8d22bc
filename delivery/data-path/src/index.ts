// @cess/data-path: plaintext to fragments on providers and back, in bounded memory.
import './errors.js';

export { type Arena, type ArenaRegion, createArenas } from './arena.js';
export { BatchWriter } from './batch-writer.js';
export { dataPathError } from './errors.js';
export { ObjectReader, type ObjectReaderInit } from './object-reader.js';
export { ObjectWriter, type ObjectWriterInit } from './object-writer.js';
export { type PackContent, PackStore, packedBytesOf } from './pack-store.js';
export { PackedReader } from './packed-reader.js';
export { ProviderDirectory, type ProviderDirectoryInit } from './placement/provider-directory.js';
export type { ProviderInfo, ProviderList } from './placement/provider-info.js';
export { durabilityQuorum, type PlacementCounts, SegmentPlacer } from './placement/segment-placer.js';
export type { FileCatalog, SpaceReservations, StreamKeys } from './ports.js';
export { SealedCache } from './sealed-cache.js';
export { SpillFolder } from './spill-folder.js';
export { defaultRedundancy, type RedundancyClass } from './stream-layout.js';
export { type ReadCounts, StripeReader } from './stripe-reader.js';
export type { StripeWorkers } from './stripe-tasks.js';
export { reservedArenaBytes, StripeWorkerPool, stripeThreadCount } from './stripe-worker-pool.js';
export type { LockFor, ReadRequest, SealedReadRequest, StoredBody, StoreRequest } from './transfer.js';
