// declare_batch: checks and records files. Order: shape of every file, then space, then the holders' attestations,
// then the records; the transactional layer of the call makes the batch atomic.
// A file that is declared already (same order id, same content) is skipped. Its holders need not attest again, but its
// fragments keep their places in the digests of the holders that do.
import { equalBytes, invariant } from '@cess/primitives';
import { fileId, fragmentLength, type HoldingEntry, holdingDigest, segmentRoot, segmentSizeBytes } from '@cess/types';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import {
  fileBankEvents as events,
  type FileDeclaration,
  fileBankErrors,
  type HolderAttestation,
  type SegmentDeclaration,
  fileBankStorage as storage,
} from './declaration.js';
import type { FileBankNeeds } from './needs.js';
import { openOrder } from './restoral.js';

const errors = fileBankErrors.byName;

interface CheckedFile {
  readonly id: Uint8Array;
  readonly declaration: FileDeclaration;
  readonly segmentRoots: readonly Uint8Array[];
  readonly size: bigint;
  readonly storedBytes: bigint;
  readonly known: boolean;
}

interface HolderShare {
  readonly entries: HoldingEntry[];
  /** Of new files only: what must be attested and recorded. */
  bytes: bigint;
  fragments: bigint;
}

/** Checks the shape of a segment: code, lengths, holders. */
function checkSegment(segment: SegmentDeclaration): void {
  const n = segment.fragments.length;
  ensure(segment.k >= 1 && segment.k <= n, errors.InvalidSegment);
  ensure(segment.ciphertext_length >= 1 && segment.ciphertext_length <= segmentSizeBytes, errors.InvalidLength);
  ensure(
    segment.fragment_length === fragmentLength(segment.ciphertext_length, segment.k),
    errors.FragmentLengthMismatch,
  );
  const holders = new Set<number>();
  for (const { holder } of segment.fragments) {
    if (holder === undefined) continue;
    ensure(!holders.has(holder), errors.DuplicateHolder);
    holders.add(holder);
  }
  ensure(holders.size >= segment.k, errors.TooFewHolders);
}

function checkFile(ctx: Context, genesis: Uint8Array, declaration: FileDeclaration): CheckedFile {
  ensure(declaration.segments.length > 0, errors.EmptyFile);
  let size = 0n;
  let storedBytes = 0n;
  const segmentRoots = declaration.segments.map((segment) => {
    checkSegment(segment);
    size += BigInt(segment.ciphertext_length);
    storedBytes += BigInt(segment.fragment_length) * BigInt(segment.fragments.length);
    return segmentRoot({
      k: segment.k,
      ciphertextLength: segment.ciphertext_length,
      fragmentRoots: segment.fragments.map(({ root }) => root),
    });
  });
  const id = fileId({ genesis, owner: declaration.owner, orderId: declaration.order_id, segmentRoots });
  const declared = storage.Orders.get(ctx, declaration.order_id);
  ensure(declared === undefined || equalBytes(declared, id), errors.OrderIdUsed);
  ensure(!storage.PendingDeletion.has(ctx, id), errors.DeletionPending);
  return { id, declaration, segmentRoots, size, storedBytes, known: declared !== undefined };
}

/** Collects what each provider holds of a file. */
function collectHolders(shares: Map<number, HolderShare>, file: CheckedFile): void {
  file.declaration.segments.forEach((segment, segmentIndex) => {
    segment.fragments.forEach(({ root, holder }, fragment) => {
      if (holder === undefined) return;
      let share = shares.get(holder);
      if (share === undefined) {
        share = { entries: [], bytes: 0n, fragments: 0n };
        shares.set(holder, share);
      }
      share.entries.push({ fileId: file.id, segment: segmentIndex, fragment, root, length: segment.fragment_length });
      if (file.known) return;
      share.bytes += BigInt(segment.fragment_length);
      share.fragments += 1n;
    });
  });
}

function rootOfSegment({ segmentRoots }: CheckedFile, index: number): Uint8Array {
  const root = segmentRoots[index];
  invariant(root !== undefined, 'a checked file has a root for each segment');
  return root;
}

function recordFile(ctx: Context, gateway: Uint8Array, now: number, file: CheckedFile): void {
  const { id, declaration } = file;
  storage.Files.put(ctx, id, {
    owner: declaration.owner,
    territory: declaration.territory,
    order_id: declaration.order_id,
    gateway,
    segment_count: declaration.segments.length,
    size: file.size,
    stored_bytes: file.storedBytes,
    state: 'Active',
    declared_at: now,
  });
  storage.Orders.put(ctx, declaration.order_id, id);
  declaration.segments.forEach((segment, index) => {
    storage.Segments.put(ctx, id, index, {
      k: segment.k,
      n: segment.fragments.length,
      ciphertext_length: segment.ciphertext_length,
      fragment_length: segment.fragment_length,
      root: rootOfSegment(file, index),
    });
    segment.fragments.forEach(({ root, holder }, fragment) => {
      storage.Fragments.put(ctx, id, index, fragment, { root, holder, declared_at: now, restored: 0 });
      if (holder !== undefined) storage.HeldBy.put(ctx, holder, id, index, fragment, undefined);
    });
    segment.fragments.forEach(({ holder }, fragment) => {
      if (holder === undefined) openOrder(ctx, now, { fileId: id, segment: index, fragment }, 'Hole');
    });
  });
}

interface Verification {
  readonly gateway: Uint8Array;
  readonly genesis: Uint8Array;
  readonly shares: ReadonlyMap<number, HolderShare>;
  readonly attestations: readonly HolderAttestation[];
}

/** Every provider that holds something new has signed for all it holds in the batch, once. */
function verifyAttestations(
  ctx: Context,
  needs: FileBankNeeds,
  { gateway, genesis, shares, attestations }: Verification,
): void {
  const seen = new Set<number>();
  for (const { miner: provider, signature } of attestations) {
    const share = shares.get(provider);
    ensure(share !== undefined && !seen.has(provider), errors.UnexpectedAttestation);
    seen.add(provider);
    if (share.fragments === 0n) continue;
    const digest = holdingDigest({ genesis, provider, gateway, entries: share.entries });
    ensure(ctx.crypto.verifyEd25519(signature, digest, needs.nodeKeyOf(ctx, provider)), errors.BadAttestation);
  }
  for (const [provider, share] of shares)
    ensure(share.fragments === 0n || seen.has(provider), errors.MissingAttestation);
}

export interface Batch {
  readonly files: readonly FileDeclaration[];
  readonly attestations: readonly HolderAttestation[];
}

/** Declares all files of a batch or none. */
export function declareBatch(ctx: Context, needs: FileBankNeeds, gateway: Uint8Array, batch: Batch): void {
  ensure(batch.files.length > 0, errors.EmptyBatch);
  const genesis = needs.genesisHash(ctx);
  const now = needs.blockNumber(ctx);
  const shares = new Map<number, HolderShare>();
  const declared: Uint8Array[] = [];
  for (const declaration of batch.files) {
    ensure(needs.mayAct(ctx, declaration.owner, gateway), errors.NoPermission);
    const file = checkFile(ctx, genesis, declaration);
    collectHolders(shares, file);
    if (file.known) {
      events.deposit(ctx, { type: 'FileAlreadyDeclared', value: { gateway, file_id: file.id } });
      continue;
    }
    needs.chargeSpace(ctx, {
      owner: declaration.owner,
      territory: declaration.territory,
      operator: gateway,
      bytes: file.storedBytes,
    });
    recordFile(ctx, gateway, now, file);
    declared.push(file.id);
  }
  verifyAttestations(ctx, needs, { gateway, genesis, shares, attestations: batch.attestations });
  for (const [provider, { bytes, fragments }] of shares)
    if (fragments > 0n) needs.addHolding(ctx, provider, { bytes, fragments });
  if (declared.length > 0) events.deposit(ctx, { type: 'FilesDeclared', value: { gateway, files: declared } });
}
