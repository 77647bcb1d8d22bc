// Signing, encoding and reading of extrinsics.
import { decodeExtrinsic, type Era, encodeSigned, type MultiSignature, signingPayload } from '@cess/chain-primitives';
import { extensionList, extraCodec } from '../extensions/declaration.js';
import { encodeAdditional } from '../frame/extension.js';
import { extrinsicFormat } from './pallets.js';

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

/** Signs a call by what the call and its context say, such as a wallet that shows both to a person. */
export interface CallSigner {
  readonly account: Uint8Array;
  signCall(call: Uint8Array, context: SigningContext): Promise<MultiSignature>;
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
  };
  const signed: Readonly<Record<string, unknown>> = {
    CheckSpecVersion: context.specVersion,
    CheckTxVersion: context.transactionVersion,
    CheckGenesis: context.genesisHash,
    CheckMortality: anchor,
  };
  const extra = extraCodec.encode(extensionList.map(({ identifier }) => carried[identifier]));
  const additional = encodeAdditional(extensionList, ({ identifier }) => signed[identifier]);
  return { payload: signingPayload(call, extra, additional), extra };
}

/** A signed extrinsic, length prefix included. */
export function encodeSignedExtrinsic(call: Uint8Array, context: SigningContext, signer: ExtrinsicSigner): Uint8Array {
  const { payload, extra } = buildSigningPayload(call, context);
  return encodeSigned(signer.account, signer.sign(payload), extra, call);
}

/** An extrinsic with a signature that was made elsewhere, length prefix included. */
export function encodeExtrinsicWith(
  call: Uint8Array,
  context: SigningContext,
  { account, signature }: { readonly account: Uint8Array; readonly signature: MultiSignature },
): Uint8Array {
  return encodeSigned(account, signature, buildSigningPayload(call, context).extra, call);
}

/** Names of the transaction extensions, in order. */
export const extensionNames: readonly string[] = extensionList.map(({ identifier }) => identifier);

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
    signed?.extra[extensionList.findIndex((extension) => extension.identifier === identifier)];
  return {
    signer: signed?.address.type === 'Id' ? signed.address.value : undefined,
    nonce: carried('CheckNonce') as number | undefined,
    tip: carried('ChargeTransactionPayment') as bigint | undefined,
    pallet: call.type,
    call: call.value.type,
    args: call.value.value,
  };
}
