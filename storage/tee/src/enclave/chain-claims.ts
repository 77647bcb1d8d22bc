// What a request needs of the chain. The same functions run outside and inside of the enclave. Outside, they find the keys that
// need proofs and reject requests early. Inside, they decide, on values from verified proofs.
import { query, type RoundRef, type TagKeyInfo } from '@cess/client';
import { type AuditRound, type ReadValues, readAuditRound } from '@cess/client/audit';
import { CessError, equalBytes } from '@cess/primitives';
import type { TagPlaceOf } from './enclave.js';

/** The chain's record of a fragment. */
export interface TaggableFragment {
  readonly orderId: Uint8Array;
  /** Index of the caller: the holder, or the provider that restores the fragment. */
  readonly provider: number;
  readonly root: Uint8Array;
  readonly length: number;
}

/** Throws `NODE_UNKNOWN`, `KEY_UNKNOWN`, `NOT_HOLDER`, `ROOT_MISMATCH` (root or length are not those on chain). */
export async function readTaggableFragment(
  read: ReadValues,
  { callerKey, fileId, segment, fragment, root, keyId }: TagPlaceOf,
  { ownKeyId, length }: { readonly ownKeyId: Uint8Array; readonly length: number },
): Promise<TaggableFragment> {
  const { Files, Segments, Fragments, PendingDeletion, RestoralOrders } = query.FileBank;
  const { NodeKeys } = query.Sminer;
  const { TagKeys } = query.TeeWorker;
  const values = await read([
    NodeKeys.key(callerKey),
    TagKeys.key(keyId),
    Files.key(fileId),
    PendingDeletion.key(fileId),
    Segments.key(fileId, segment),
    Fragments.key(fileId, segment, fragment),
    RestoralOrders.key(fileId, segment, fragment),
  ]);
  const provider = NodeKeys.decodeValue(values[0]);
  if (provider === undefined)
    throw new CessError('NODE_UNKNOWN', 'The signing key does not belong to a registered provider.');
  if (!equalBytes(keyId, ownKeyId) || TagKeys.decodeValue(values[1]) === undefined) {
    throw new CessError('KEY_UNKNOWN', 'This worker has no such tagging key on chain.');
  }
  const file = Files.decodeValue(values[2]);
  const isDeleted = PendingDeletion.decodeValue(values[3]) !== undefined;
  const inSegment = Segments.decodeValue(values[4]);
  const recorded = Fragments.decodeValue(values[5]);
  const claim = RestoralOrders.decodeValue(values[6])?.claim;
  // A provider that restores a fragment shows with its tags that it has the bytes.
  const isCallers = recorded?.holder === provider || claim?.miner === provider;
  if (file === undefined || isDeleted || inSegment === undefined || recorded === undefined || !isCallers) {
    throw new CessError('NOT_HOLDER', 'At the finalized head the caller neither holds this fragment nor restores it.');
  }
  if (!equalBytes(recorded.root, root) || inSegment.fragment_length !== length) {
    throw new CessError('ROOT_MISMATCH', 'The root or the length of the fragment does not match the chain.');
  }
  return { orderId: file.order_id, provider, root: recorded.root, length: inSegment.fragment_length };
}

/** A round that this worker must judge. */
export interface RoundToJudge {
  readonly worker: number;
  readonly round: AuditRound;
  readonly answer: { readonly proof: Uint8Array; readonly asOf: number };
  readonly tagKey: TagKeyInfo;
}

/** Undefined if the round is closed, not answered, or assigned to another worker. */
export async function readRoundToJudge(
  read: ReadValues,
  { provider, keyId, round: number }: RoundRef,
  { genesis, signerKey }: { readonly genesis: Uint8Array; readonly signerKey: Uint8Array },
): Promise<RoundToJudge | undefined> {
  const { SignerKeys, TagKeys } = query.TeeWorker;
  const [ownIndex, keyRecord] = await read([SignerKeys.key(signerKey), TagKeys.key(keyId)]);
  const worker = SignerKeys.decodeValue(ownIndex);
  const tagKey = TagKeys.decodeValue(keyRecord);
  const round = await readAuditRound(read, { genesis, provider, keyId });
  if (worker === undefined || tagKey === undefined || round === undefined) return undefined;
  const { info } = round;
  if (info.round !== number || info.state.type !== 'Answered' || info.state.value.worker !== worker) return undefined;
  const { proof, as_of: asOf } = info.state.value;
  return { worker, round, answer: { proof, asOf }, tagKey };
}
