// declare_batch: checks and records files. Order: shape of every file, then the holders' attestations, then for each file
// its space and its records. The transactional layer of the call makes the batch atomic.
// A file that is declared already (same owner, order id and content) is skipped. Its holders need not attest again, but
// its fragments keep their places in the digests of the holders that do.
import { elementAt, equalBytes, toHex } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import { BatchHolders } from './batch-holders.js';
import { type CheckedFile, checkFile } from './batch-shape.js';
import {
  fileBankEvents as events,
  type FileDeclaration,
  fileBankErrors,
  type HolderAttestation,
  type SegmentDeclaration,
  fileBankStorage as storage,
} from './declaration.js';
import type { FileBankNeeds } from './needs.js';
import { useOrder } from './order-ids.js';
import { payForRecord } from './record-deposits.js';
import { openHoles } from './restoral.js';
import { setTaggingDeadline } from './tagging-deadlines.js';

const errors = fileBankErrors.byName;

export interface Batch {
  readonly files: readonly FileDeclaration[];
  readonly attestations: readonly HolderAttestation[];
}

/** Declares all files of a batch or none; returns how many holes it opened. */
export function declareBatch(ctx: Context, needs: FileBankNeeds, gateway: Uint8Array, batch: Batch): number {
  ensure(batch.files.length > 0, errors.EmptyBatch);
  const genesis = needs.genesisHash(ctx);
  for (const { owner } of batch.files) ensure(needs.mayAct(ctx, owner, gateway), errors.NoPermission);
  const files = withoutRepeats(batch.files.map((declaration) => checkFile(ctx, genesis, declaration)));
  const holders = BatchHolders.judge(ctx, needs, { gateway, files, attestations: batch.attestations });
  const declared: Uint8Array[] = [];
  let holes = 0;
  for (const file of files) {
    if (file.known) {
      events.deposit(ctx, { type: 'FileAlreadyDeclared', value: { gateway, file_id: file.id } });
      continue;
    }
    const { owner, territory } = file.declaration;
    needs.chargeSpace(ctx, { owner, territory, operator: gateway, bytes: file.storedBytes });
    holes += recordFile(ctx, needs, { gateway, file, holders });
    declared.push(file.id);
  }
  holders.book(ctx, needs);
  if (declared.length > 0) events.deposit(ctx, { type: 'FilesDeclared', value: { gateway, files: declared } });
  return holes;
}

/** Treats a file that stands in the batch a second time as known. Fails when one order id names two files. */
function withoutRepeats(files: readonly CheckedFile[]): CheckedFile[] {
  const ids = new Map<string, Uint8Array>();
  return files.map((file) => {
    const { owner, order_id: orderId } = file.declaration;
    const name = `${toHex(owner)}/${toHex(orderId)}`;
    const earlier = ids.get(name);
    ids.set(name, file.id);
    ensure(earlier === undefined || equalBytes(earlier, file.id), errors.OrderIdUsed);
    return earlier === undefined ? file : { ...file, known: true };
  });
}

interface NewFile {
  readonly gateway: Uint8Array;
  readonly file: CheckedFile;
  readonly holders: BatchHolders;
}

function recordFile(ctx: Context, needs: FileBankNeeds, { gateway, file, holders }: NewFile): number {
  const { id, declaration } = file;
  const { owner, territory, order_id, segments } = declaration;
  storage.Files.put(ctx, id, {
    owner,
    territory,
    order_id,
    gateway,
    segment_count: segments.length,
    size: file.size,
    stored_bytes: file.storedBytes,
    state: 'Active',
    declared_at: needs.blockNumber(ctx),
  });
  payForRecord(ctx, needs, gateway, file);
  useOrder(ctx, owner, order_id, id);
  let holes = 0;
  for (const [index, segment] of segments.entries()) {
    storage.Segments.put(ctx, id, index, {
      k: segment.k,
      n: segment.fragments.length,
      ciphertext_length: segment.ciphertext_length,
      fragment_length: segment.fragment_length,
      root: elementAt(file.segmentRoots, index),
    });
    holes += recordFragments(ctx, needs, { fileId: id, index, segment, declarer: gateway, holders });
  }
  return holes;
}

interface NewSegment {
  readonly fileId: Uint8Array;
  readonly index: number;
  readonly segment: SegmentDeclaration;
  readonly declarer: Uint8Array;
  readonly holders: BatchHolders;
}

/**
 * Records the fragments of a segment; returns the number of holes. A holder that is refused leaves a hole; at least k
 * holders must remain.
 */
function recordFragments(
  ctx: Context,
  needs: FileBankNeeds,
  { fileId, index, segment, declarer, holders }: NewSegment,
): number {
  const declared_at = needs.blockNumber(ctx);
  const holes: number[] = [];
  for (const [fragment, { root, holder: named }] of segment.fragments.entries()) {
    const reason = named === undefined ? undefined : holders.admit(named, segment.fragment_length);
    const holder = reason === undefined ? named : undefined;
    storage.Fragments.put(ctx, fileId, index, fragment, { root, holder, declared_at, restored: 0 });
    if (holder === undefined) holes.push(fragment);
    else storage.HeldBy.put(ctx, holder, fileId, index, fragment, undefined);
    if (named === undefined || reason === undefined) continue;
    const value = { file_id: fileId, segment: index, fragment, miner: named, reason };
    events.deposit(ctx, { type: 'HolderRefused', value });
  }
  setTaggingDeadline(ctx, needs, fileId, index);
  const holderCount = segment.fragments.length - holes.length;
  ensure(holderCount >= segment.k, errors.TooFewHolders);
  if (holes.length === 0) return 0;
  const { k } = segment;
  openHoles(ctx, needs, { fileId, segment: index, holders: holderCount, k, declarer, fragments: holes });
  return holes.length;
}
