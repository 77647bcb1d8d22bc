// The runtime's declarations as a client needs them: storage keys and value codecs, call encoders, events, errors and
// the extrinsic builder. Names are those of the metadata; types follow from the declarations.
import {
  type DispatchError,
  decodeExtrinsic,
  type Era,
  encodeSigned,
  type MultiSignature,
  signingPayload,
} from '@cess/chain-primitives';
import { type Codec, type Static, Writer } from '@cess/codec';
import { extensions, extraCodec, extrinsicFormat, outer, type Pallets, pallets } from './construct.js';
import type { Call } from './frame/pallet.js';

export {
  type ChallengedSlot,
  challengeAsOf,
  challengedSlots,
  type RoundId,
  slotsAsOf,
} from './pallets/audit/challenge.js';
export type {
  AuditPeriods,
  ChallengeInfo,
  Outcome,
  RegistryInfo,
  SlotInfo,
  TagInfo,
  TagReport,
  VerdictClaim,
} from './pallets/audit/types.js';
export { DISPUTE_DEPOSIT, MAX_REPORTS, MAX_VERDICTS } from './pallets/audit/types.js';
export { EXISTENTIAL_DEPOSIT } from './pallets/balances/constants.js';
export type {
  FileDeclaration,
  FileInfo,
  FileStatus,
  FragmentInfo,
  HolderAttestation,
  RestoralOrder,
  RestoralReason,
  SegmentDeclaration,
} from './pallets/file-bank/types.js';
export { fileStatus, MAX_PLACES, MAX_STATUS_FILES } from './pallets/file-bank/types.js';
export type { OssInfo } from './pallets/oss/storage.js';
export { stakeFor } from './pallets/sminer/stake.js';
export type { MinerInfo } from './pallets/sminer/types.js';
export type { TerritoryInfo, TerritoryState } from './pallets/storage-handler/types.js';
export { BLOCK_HASH_COUNT, MAX_BLOCK_BYTES, MAX_EXTRINSIC_BYTES, SS58_PREFIX } from './pallets/system/limits.js';
export type { AccountInfo } from './pallets/system/types.js';
export type { Evidence, TagKeyDeclaration, TagKeyInfo, WorkerInfo } from './pallets/tee-worker/types.js';
export { WORKER_STAKE } from './pallets/tee-worker/types.js';
export { MAX_DRIFT_MS } from './pallets/timestamp/index.js';

/** Storage items: `query.FileBank.Files.key(id)`, `.codec`, `.decodeValue(bytes)`, `.prefix(...)`, `.decodeKey(raw)`. */
export type Query = { readonly [P in keyof Pallets]: Pallets[P]['storage'] };

type ArgsOf<C> = C extends Call<infer A> ? A : never;
type CallsOf<P> = P extends { readonly calls: infer C } ? C : Record<never, never>;
/** Call encoders: `tx.FileBank.declare_batch(args)` gives the encoded call. */
export type Tx = {
  readonly [P in keyof Pallets]: {
    readonly [C in keyof CallsOf<Pallets[P]>]: (args: ArgsOf<CallsOf<Pallets[P]>[C]>) => Uint8Array;
  };
};

export const query: Query = mapValues(pallets, (pallet) => pallet.storage) as Query;
export const tx: Tx = mapValues(pallets, (pallet) => {
  const calls = ('calls' in pallet ? pallet.calls : {}) as Readonly<Record<string, Call<unknown>>>;
  return mapValues(
    calls,
    (_call, name) => (args: unknown) => outer.call.encode({ type: pallet.id.name, value: { type: name, value: args } }),
  );
}) as unknown as Tx;

function mapValues<V, R>(
  record: Readonly<Record<string, V>>,
  map: (value: V, name: string) => R,
): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]));
}

type EventsOf<P> = P extends { readonly events: { readonly codec: Codec<infer E> } } ? E : never;
/** Every event that the runtime can record, as `{ type: pallet, value: { type: event, value: fields } }`. */
export type TypedEvent = {
  [P in keyof Pallets]: EventsOf<Pallets[P]> extends infer E
    ? [E] extends [never]
      ? never
      : { readonly type: P; readonly value: E }
    : never;
}[keyof Pallets];

type RecordOf = Static<Pallets['System']['storage']['Events']['codec']>[number];
export type EventRecord = Omit<RecordOf, 'event'> & { readonly event: TypedEvent };

/** Decodes the value of `System.Events`. */
export function decodeEvents(bytes: Uint8Array): readonly EventRecord[] {
  return pallets.System.storage.Events.codec.decode(bytes) as unknown as readonly EventRecord[];
}

export interface ErrorInfo {
  readonly pallet: string;
  readonly name: string;
  readonly docs: string;
}

/** Name and meaning of a dispatch error. */
export function describeDispatchError(error: DispatchError): ErrorInfo {
  if (error.type === 'Module') {
    const { index, error: code } = error.value;
    for (const pallet of Object.values(pallets)) {
      if (pallet.id.index !== index || !('errors' in pallet)) continue;
      const [name, docs] = Object.entries(pallet.errors.docs)[code[0]!] ?? [];
      if (name !== undefined && docs !== undefined) return { pallet: pallet.id.name, name, docs };
    }
    return { pallet: `pallet ${index}`, name: `error ${code[0]}`, docs: '' };
  }
  const detail = typeof error.value === 'string' ? error.value : undefined;
  return { pallet: 'Runtime', name: detail === undefined ? error.type : `${error.type}.${detail}`, docs: '' };
}

export interface SigningContext {
  readonly nonce: number;
  readonly tip?: bigint;
  /** Immortal unless given. */
  readonly era?: Era;
  readonly genesisHash: Uint8Array;
  /** Hash of the block where the era begins; the genesis hash for immortal ones. */
  readonly eraBlockHash?: Uint8Array;
  readonly specVersion: number;
  readonly transactionVersion: number;
}

/** Signs the payload and says with which scheme. */
export interface ExtrinsicSigner {
  readonly account: Uint8Array;
  sign(payload: Uint8Array): MultiSignature;
}

/** What a signer signs for a call, and the extension data that goes into the extrinsic. */
export function buildSigningPayload(
  call: Uint8Array,
  context: SigningContext,
): { readonly payload: Uint8Array; readonly extra: Uint8Array } {
  const mortality: Era = context.era ?? { type: 'Immortal' };
  const anchor = mortality.type === 'Immortal' ? context.genesisHash : (context.eraBlockHash ?? context.genesisHash);
  const carried: Readonly<Record<string, unknown>> = {
    CheckMortality: mortality,
    CheckNonce: context.nonce,
    ChargeTransactionPayment: context.tip ?? 0n,
    CheckMetadataHash: { mode: 'Disabled' },
  };
  const signed: Readonly<Record<string, unknown>> = {
    CheckSpecVersion: context.specVersion,
    CheckTxVersion: context.transactionVersion,
    CheckGenesis: context.genesisHash,
    CheckMortality: anchor,
  };
  const extra = extraCodec.encode(extensions.map(({ identifier }) => carried[identifier]));
  const writer = new Writer();
  for (const { identifier, additional } of extensions) additional.write(signed[identifier], writer);
  return { payload: signingPayload(call, extra, writer.toBytes()), extra };
}

/** A signed extrinsic, length prefix included. */
export function encodeSignedExtrinsic(call: Uint8Array, context: SigningContext, signer: ExtrinsicSigner): Uint8Array {
  const { payload, extra } = buildSigningPayload(call, context);
  return encodeSigned(signer.account, signer.sign(payload), extra, call);
}

export interface DecodedExtrinsic {
  readonly signer: Uint8Array | undefined;
  readonly nonce: number | undefined;
  readonly tip: bigint | undefined;
  readonly pallet: string;
  readonly call: string;
  readonly args: unknown;
}

/** The content of an extrinsic. Throws `SCALE_MALFORMED`. */
export function readExtrinsic(encoded: Uint8Array): DecodedExtrinsic {
  const { signed, call } = decodeExtrinsic(extrinsicFormat, encoded);
  const carried = (identifier: string) =>
    signed?.extra[extensions.findIndex((extension) => extension.identifier === identifier)];
  return {
    signer: signed?.address.type === 'Id' ? signed.address.value : undefined,
    nonce: carried('CheckNonce') as number | undefined,
    tip: carried('ChargeTransactionPayment') as bigint | undefined,
    pallet: call.type,
    call: call.value.type,
    args: call.value.value,
  };
}
