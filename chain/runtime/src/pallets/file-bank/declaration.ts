// FileBank: the record of every stored file. A file is a list of segments, a segment k of n coded
// fragments, a fragment sits with one provider or is a hole that is filled later.
// Ids and roots: docs/protocol/data-path.md §5.
import { accountId, balance, blockKey, h256 } from '@cess/chain-primitives';
import {
  bytes,
  enumeration,
  fixedBytes,
  option,
  type Static,
  type StructFields,
  struct,
  u8,
  u16,
  u32,
  u64,
  unit,
  vec,
} from '@cess/codec';
import { CESS } from '@cess/primitives';
import { constant, declareCall, declarePallet, defineErrors, defineEvents } from '../../frame/declaration.js';
import { blake2Concat, identity, storageOf, twoxConcat } from '../../frame/storage.js';

const fileBankId = { name: 'FileBank', index: 104 } as const;

const MAX_FRAGMENTS = 256;
const MAX_SEGMENTS = 1024;
const MAX_FILES = 1000;
const MAX_ATTESTATIONS = 4096;
/** Fragments and segments of deleted files that one block removes at most. */
export const DELETIONS_PER_BLOCK = 2000;
/** Most fragments of departing providers that one block processes. */
export const DEPARTURES_PER_BLOCK = 100;
/** Restoral orders, or lost fragments, in one call. */
export const MAX_PLACES = 64;
/** Fragments of one segment that may be declared without a holder. */
export const MAX_HOLES = 64;
/** What a provider pays whose claim expired and was taken over by another. */
export const CLAIM_FINE = CESS / 10n;
/** Claims that a provider may have at a time. */
export const MAX_OPEN_CLAIMS = 128;
/** A claimant waits for the claim period times 2^n after its n-th claim of an order that it did not complete; n is at most this. */
export const MAX_WAIT_DOUBLINGS = 4;
/** Claimants of an order whose waits are remembered; the one that ends first makes place. */
export const MAX_CLAIM_WAITS = 32;
/** Reserved by the declarer for each hole. */
export const HOLE_DEPOSIT = CESS / 10n;
/** How far ahead of the current block an attestation may expire. */
export const MAX_ATTESTATION_BLOCKS = 600;
/** Order ids of deleted files that one block frees at most. */
export const RELEASED_ORDERS_PER_BLOCK = 1000;
/** Files whose status is asked at once. */
export const MAX_STATUS_FILES = 1000;

const path = (name: string) => ({ path: ['pallet_file_bank', 'types', name] });

const fragmentDeclaration = struct({ root: h256, holder: option(u32) }, path('FragmentDeclaration'));
const segmentDeclaration = struct(
  {
    k: u8,
    ciphertext_length: u32,
    fragment_length: u32,
    fragments: vec(fragmentDeclaration, { max: MAX_FRAGMENTS }),
  },
  path('SegmentDeclaration'),
);
const fileDeclaration = struct(
  {
    owner: accountId,
    territory: bytes({ max: 63 }),
    order_id: h256,
    segments: vec(segmentDeclaration, { max: MAX_SEGMENTS }),
  },
  path('FileDeclaration'),
);
const holderAttestation = struct(
  {
    miner: u32,
    /** Last block in which it counts. */
    until: u32,
    signature: fixedBytes(64),
  },
  path('HolderAttestation'),
);
/** Why a named holder of a declaration was not recorded. */
const holderRefusal = enumeration(
  ['NotActive', 'NoSpace', 'NotAttested', 'Expired', 'BadAttestation'],
  path('HolderRefusal'),
);
export type HolderRefusal = Static<typeof holderRefusal>;
export type SegmentDeclaration = Static<typeof segmentDeclaration>;
export type FileDeclaration = Static<typeof fileDeclaration>;
export type HolderAttestation = Static<typeof holderAttestation>;

const fileInfo = struct(
  {
    owner: accountId,
    territory: bytes({ max: 63 }),
    order_id: h256,
    /** Who declared it: a gateway or the owner. */
    gateway: accountId,
    segment_count: u32,
    /** Bytes of ciphertext. */
    size: u64,
    /** Bytes of all fragments, holes included: what the territory is charged. */
    stored_bytes: u64,
    state: enumeration(['Active'], path('FileState')),
    declared_at: u32,
  },
  path('FileInfo'),
);
export type FileInfo = Static<typeof fileInfo>;

const segmentInfo = struct(
  { k: u8, n: u16, ciphertext_length: u32, fragment_length: u32, root: h256 },
  path('SegmentInfo'),
);
const fragmentInfo = struct(
  {
    root: h256,
    holder: option(u32),
    /** Since when the holder holds it, or there is none. */
    declared_at: u32,
    /** How often it was restored. */
    restored: u16,
  },
  path('FragmentInfo'),
);
export type FragmentInfo = Static<typeof fragmentInfo>;
/** Where the removal of a deleted file has got to. */
const deletionInfo = struct(
  { order_id: h256, next_segment: u32, segment_count: u32, deleted_at: u32 },
  path('DeletionInfo'),
);

/** Why a fragment is to be restored (docs/protocol/audit.md §6). */
const restoralReason = enumeration(['Hole', 'Failed', 'Lost', 'Exit'], path('RestoralReason'));
export type RestoralReason = Static<typeof restoralReason>;
const restoralOrder = struct(
  {
    reason: restoralReason,
    opened_at: u32,
    /** Holders of the segment beyond k when the order was opened. */
    margin: u8,
    /** The last claim; it runs up to and including block `until`. */
    claim: option(struct({ miner: u32, until: u32 }, path('RestoralClaim'))),
  },
  path('RestoralOrder'),
);
export type RestoralOrder = Static<typeof restoralOrder>;
/** Holders and restoral orders of a segment that has orders. */
const segmentRepairs = struct(
  {
    /** First bytes of BLAKE2b-256 of the owner's account. */
    owner: fixedBytes(8),
    k: u8,
    /** Fragments that have a holder. */
    holders: u16,
    /** Orders for fragments that had a holder. */
    losses: u16,
    /** Orders for fragments that were declared without a holder. */
    holes: u16,
  },
  path('SegmentRepairs'),
);
export type SegmentRepairs = Static<typeof segmentRepairs>;
/** A provider that claimed an order and did not complete it. */
const claimWait = struct(
  {
    miner: u32,
    /** Its claims of this order that ended without completion. */
    claims: u8,
    /** Last block in which it may not claim the order again. */
    until: u32,
  },
  path('ClaimWait'),
);
export type ClaimWait = Static<typeof claimWait>;
/** `seen`: the clock of usable blocks when it was last advanced. */
const taggingClock = struct({ clock: u32, seen: u32 }, path('TaggingClock'));
const unrepairable = struct({ k: u8, holders: u16 }, path('Unrepairable'));
const holeDeposit = struct({ who: accountId, amount: balance }, path('HoleDeposit'));
const recordDeposit = struct({ who: accountId, amount: balance }, path('RecordDeposit'));
const fragmentPlace = struct({ file_id: h256, segment: u32, fragment: u16 }, path('FragmentPlace'));

/** A restored fragment with its tags, as the enclave signed them for the provider. */
const restoredFragment = struct(
  {
    file_id: h256,
    segment: u32,
    fragment: u16,
    /** SHA-256 of the tags. */
    tags_hash: h256,
    /** xi. */
    signature: fixedBytes(64),
  },
  path('RestoredFragment'),
);
export type RestoredFragment = Static<typeof restoredFragment>;

/** How far the protection of files has come: the weakest of their fragments decides. Lost: some segment cannot be rebuilt. */
export const fileStatus = enumeration(['Unknown', 'Declared', 'Tagged', 'Proven', 'Lost'], path('FileStatus'));
export type FileStatus = Static<typeof fileStatus>;
/** Progress of the departure of a provider that hands over: the last place that got an order. */
const departure = struct({ after: option(fragmentPlace) }, path('Departure'));

const at = storageOf(fileBankId.name);
const file = identity(h256);
const segment = identity(u32);
const fragment = identity(u16);
export const fileBankStorage = {
  Files: at.map('Files', [file], fileInfo, ['Files by id.']),
  Segments: at.map('Segments', [file, segment], segmentInfo, ['Segments of files.']),
  Fragments: at.map('Fragments', [file, segment, fragment], fragmentInfo, ['Fragments of segments.']),
  Orders: at.map('Orders', [blake2Concat(h256)], h256, [
    'Files by order id, as declared before order ids belonged to owners.',
  ]),
  PendingDeletion: at.map('PendingDeletion', [file], deletionInfo, [
    'Deleted files whose fragments are still removed.',
  ]),
  HeldBy: at.map('HeldBy', [twoxConcat(u32), file, segment, fragment], unit, ['Fragments by holder.']),
  RestoralOrders: at.map('RestoralOrders', [file, segment, fragment], restoralOrder, ['Fragments to be restored.']),
  RestoralQueue: at.map('RestoralQueue', [identity(u8), file, segment, fragment], unit, [
    'Restoral orders of former versions by margin; they move to RepairQueue.',
  ]),
  SegmentRepairs: at.map('SegmentRepairs', [file, segment], segmentRepairs, ['Segments with restoral orders.']),
  RepairQueue: at.map('RepairQueue', [identity(u8), identity(u8), identity(fixedBytes(8)), file, segment], unit, [
    'Segments with restoral orders that can be rebuilt: losses (0) or holes (1), margin, hash of the owner.',
  ]),
  Unrepairable: at.map('Unrepairable', [file, segment], unrepairable, [
    'Segments with fewer than k holders, and how many are left.',
  ]),
  ClaimClocks: at.map('ClaimClocks', [file, segment, fragment], u32, [
    'When claims expire, in blocks in which duties had room.',
  ]),
  ClaimWaits: at.mapOr(
    'ClaimWaits',
    [file, segment, fragment],
    vec(claimWait, { max: MAX_CLAIM_WAITS }),
    [],
    ['Providers that must wait before they claim an order again.'],
  ),
  OpenClaims: at.mapOr('OpenClaims', [twoxConcat(u32)], u32, 0, ['Number of claims of a provider.']),
  TaggingDue: at.map('TaggingDue', [identity(blockKey), file, segment], u32, [
    'Segments whose fragments are to be tagged by a value of TaggingClock, and the block that set the deadline.',
  ]),
  TaggingClock: at.valueOr('TaggingClock', taggingClock, { clock: 0, seen: 0 }, [
    'Counts the blocks in which tags were possible.',
  ]),
  TaggingPeriod: at.value('TaggingPeriod', u32, ['Blocks that a holder has for tagging; absent: those of a day.']),
  LastTagged: at.value('LastTagged', u32, ['Block in which tags were last reported.']),
  RecordDeposits: at.map('RecordDeposits', [file], recordDeposit, [
    'Deposits for records of files, and who paid them.',
  ]),
  HoleDeposits: at.map('HoleDeposits', [file, segment, fragment], holeDeposit, ['Deposits for holes.']),
  OwnedOrders: at.map('OwnedOrders', [blake2Concat(h256), blake2Concat(accountId)], h256, [
    'Files by order id and owner. An owner uses an order id once.',
  ]),
  RetiredOrders: at.map('RetiredOrders', [identity(blockKey), blake2Concat(h256), blake2Concat(accountId)], unit, [
    'Order ids of deleted files, by the block after which they may be used again.',
  ]),
  SegmentClaims: at.map('SegmentClaims', [file, segment, twoxConcat(u32)], u16, [
    'Fragments by the provider that claimed their order last, one for each segment.',
  ]),
  Departing: at.map('Departing', [twoxConcat(u32)], departure, ['Providers whose fragments are given to others.']),
};

const placeWith = <F extends StructFields>(fields: F) =>
  struct({ file_id: h256, segment: u32, fragment: u16, ...fields });
export const fileBankEvents = defineEvents(fileBankId, {
  FilesDeclared: struct({ gateway: accountId, files: vec(h256) }),
  FileAlreadyDeclared: struct({ gateway: accountId, file_id: h256 }),
  FileDeleted: struct({ owner: accountId, file_id: h256 }),
  PlacementReported: placeWith({ miner: u32 }),
  FragmentLost: placeWith({ miner: u32 }),
  RestoralOrderOpened: placeWith({ reason: restoralReason, margin: u8 }),
  RestoralOrderClaimed: placeWith({ miner: u32, until: u32 }),
  RestoralOrderCompleted: placeWith({ miner: u32 }),
  RestoralOrderClosed: placeWith({}),
  SegmentUnrepairable: struct({ file_id: h256, segment: u32, k: u8, holders: u16 }),
  SegmentRepairable: struct({ file_id: h256, segment: u32 }),
  HolderRefused: placeWith({ miner: u32, reason: holderRefusal }),
  ClaimExpired: placeWith({ miner: u32 }),
  ClaimReleased: placeWith({ miner: u32 }),
  TaggingMissed: placeWith({ miner: u32 }),
});

export const fileBankErrors = defineErrors(fileBankId, {
  EmptyBatch: 'A batch declares at least one file.',
  NoPermission: 'The caller is neither the owner nor a gateway that the owner authorised.',
  EmptyFile: 'A file has at least one segment.',
  InvalidSegment: 'A segment has 1 <= k <= n fragments.',
  InvalidLength: 'A segment holds 1 byte to 32 MiB of ciphertext.',
  FragmentLengthMismatch: 'The fragment length does not follow from k and the length of the ciphertext.',
  DuplicateHolder: 'A provider holds at most one fragment of a segment.',
  TooFewHolders: 'At least k fragments of a segment must have a holder.',
  OrderIdUsed: 'The owner has used the order id for another file.',
  DeletionPending: 'The file is being deleted.',
  MissingAttestation: 'A holder has not attested its fragments.',
  UnexpectedAttestation: 'A provider attested twice, or holds nothing in the batch.',
  BadAttestation: 'The attestation of a holder is wrong or has expired.',
  NotOwner: 'The file belongs to another owner.',
  FileNonExistent: 'There is no such file or fragment.',
  NotAHole: 'The fragment has a holder.',
  NotMiner: 'The caller is no provider.',
  NothingToClaim: 'None of the orders can be claimed by this provider now.',
  NothingToComplete: 'None of the orders is claimed by this provider.',
  NothingToReport: 'The provider holds none of the fragments.',
  TooManyHoles: 'A segment may be declared with at most 64 holes.',
  NothingToRelease: 'None of the orders has a running claim of this provider.',
});

const places = vec(fragmentPlace, { max: MAX_PLACES });

export const fileBank = declarePallet({
  id: fileBankId,
  docs: 'The record of every stored file.',
  storage: fileBankStorage,
  calls: {
    declare_batch: declareCall({
      index: 30,
      docs: 'Records files with their segments, fragments and holders; all of the batch or none. Holders that cannot be recorded leave holes.',
      args: {
        files: vec(fileDeclaration, { max: MAX_FILES }),
        attestations: vec(holderAttestation, { max: MAX_ATTESTATIONS }),
      },
    }),
    delete_files: declareCall({
      index: 31,
      docs: 'Deletes files of an owner; by the owner, an authorised gateway, or anyone once the territory has expired.',
      args: { owner: accountId, file_ids: vec(h256, { max: MAX_FILES }) },
    }),
    report_placement: declareCall({
      index: 32,
      docs: 'Names the holder of a fragment that was declared without one.',
      args: { file_id: h256, segment: u32, fragment: u16, miner: u32, until: u32, signature: fixedBytes(64) },
    }),
    claim_restoral_orders: declareCall({
      index: 33,
      docs: 'Assigns the calling provider the restoral orders that it may claim; skips the others.',
      args: { places },
      class: 'Operational',
    }),
    complete_restoral_orders: declareCall({
      index: 34,
      docs: 'Makes the calling provider the holder of fragments that it claimed and restored, with their tags under one key.',
      args: { key_id: h256, fragments: vec(restoredFragment, { max: MAX_PLACES }) },
      class: 'Operational',
    }),
    report_loss: declareCall({
      index: 35,
      docs: 'Reports fragments that the calling provider lost; it refunds their owners and pays the same amount again.',
      args: { places },
      class: 'Operational',
    }),
    release_restoral_orders: declareCall({
      index: 36,
      docs: 'Releases claims of the calling provider before they expire, so that others may claim the orders at once.',
      args: { places },
      class: 'Operational',
    }),
  },
  events: fileBankEvents,
  errors: fileBankErrors,
  constants: {
    AttestationBlocks: constant(u32, MAX_ATTESTATION_BLOCKS, 'How far ahead an attestation may expire, in blocks.'),
    HoleDeposit: constant(balance, HOLE_DEPOSIT, 'Reserved by the declarer for each hole.'),
    ClaimFine: constant(balance, CLAIM_FINE, 'What an expired claim costs when another provider takes it over.'),
    OpenClaims: constant(u32, MAX_OPEN_CLAIMS, 'Claims that a provider may have at a time.'),
    HoleCount: constant(u32, MAX_HOLES, 'Most holes of a segment at its declaration.'),
    FragmentCount: constant(u32, MAX_FRAGMENTS, 'Most fragments of a segment.'),
    SegmentCount: constant(u32, MAX_SEGMENTS, 'Most segments of a file.'),
    BatchFiles: constant(u32, MAX_FILES, 'Most files of a batch.'),
    DeletionsPerBlock: constant(u32, DELETIONS_PER_BLOCK, 'Entries of deleted files that one block removes at most.'),
  },
});
