// Extrinsic format v4: compact length ‖ 0x84 ‖ address ‖ signature ‖ extra ‖ call, or 0x04 ‖ call when bare.
// The signature covers call ‖ extra ‖ additional, hashed with BLAKE2b-256 when longer than 256 bytes.
import { type Codec, createCodec, describe, Reader, type TypeDescriptor, u8, Writer } from '@cess/codec';
import { blake2_256 } from '@cess/crypto';
import { concatBytes } from '@cess/primitives';
import { type MultiAddress, type MultiSignature, multiAddress, multiSignature } from './common.js';

const SIGNED_V4 = 0x84;
const BARE_V4 = 0x04;
const HASHED_PAYLOAD_BYTES = 256;

export interface SignedPart {
  readonly address: MultiAddress;
  readonly signature: MultiSignature;
  readonly extra: readonly unknown[];
  readonly extraBytes: Uint8Array;
}

export interface Extrinsic<C> {
  readonly signed: SignedPart | undefined;
  readonly call: C;
  readonly callBytes: Uint8Array;
  /** Bytes of the encoding, length prefix included. */
  readonly length: number;
}

export interface ExtrinsicFormat<C> {
  readonly call: Codec<C>;
  /** What each transaction extension adds to the extrinsic, in pipeline order. */
  readonly extras: readonly Codec<unknown>[];
}

/** Decodes a length-prefixed extrinsic. Throws `SCALE_MALFORMED`. */
export function decodeExtrinsic<C>(format: ExtrinsicFormat<C>, encoded: Uint8Array): Extrinsic<C> {
  const outer = new Reader(encoded);
  const body = outer.view(outer.length(encoded.length, 1));
  outer.end();
  const reader = new Reader(body);
  const version = reader.u8();
  let signed: SignedPart | undefined;
  if (version === SIGNED_V4) {
    const address = multiAddress.read(reader);
    const signature = multiSignature.read(reader);
    const start = reader.offset;
    const extra = format.extras.map((extra) => extra.read(reader));
    signed = { address, signature, extra, extraBytes: body.subarray(start, reader.offset) };
  } else if (version !== BARE_V4) {
    reader.fail('unknown extrinsic version');
  }
  const callBytes = body.subarray(reader.offset);
  const call = format.call.read(reader);
  reader.end();
  return { signed, call, callBytes, length: encoded.length };
}

/** The bytes that the signer signs. */
export function signingPayload(callBytes: Uint8Array, extraBytes: Uint8Array, additional: Uint8Array): Uint8Array {
  const payload = concatBytes(callBytes, extraBytes, additional);
  return payload.length > HASHED_PAYLOAD_BYTES ? blake2_256(payload) : payload;
}

/** A bare extrinsic, as inherents are. */
export function encodeBareExtrinsic(callBytes: Uint8Array): Uint8Array {
  return withLength(concatBytes(Uint8Array.of(BARE_V4), callBytes));
}

/** A signed extrinsic of its parts. */
export function encodeSigned(
  account: Uint8Array,
  signature: MultiSignature,
  extraBytes: Uint8Array,
  callBytes: Uint8Array,
): Uint8Array {
  const address = multiAddress.encode({ type: 'Id', value: account });
  return withLength(
    concatBytes(Uint8Array.of(SIGNED_V4), address, multiSignature.encode(signature), extraBytes, callBytes),
  );
}

function withLength(body: Uint8Array): Uint8Array {
  const writer = new Writer(body.length + 5);
  writer.compact(body.length);
  writer.raw(body);
  return writer.toBytes();
}

/** The codec of an opaque extrinsic, prefix included, under the type that clients look for by path. */
export function uncheckedExtrinsicCodec(params: {
  readonly address: TypeDescriptor;
  readonly call: TypeDescriptor;
  readonly signature: TypeDescriptor;
  readonly extra: TypeDescriptor;
}): Codec<Uint8Array> {
  return createCodec<Uint8Array>({
    type: describe(
      { kind: 'composite', fields: [{ type: describe({ kind: 'sequence', of: u8.type }) }] },
      {
        path: ['sp_runtime', 'generic', 'unchecked_extrinsic', 'UncheckedExtrinsic'],
        params: [
          { name: 'Address', type: params.address },
          { name: 'Call', type: params.call },
          { name: 'Signature', type: params.signature },
          { name: 'Extra', type: params.extra },
        ],
      },
    ),
    minBytes: 1,
    write: (value, writer) => writer.raw(value),
    read: (reader) => withLength(reader.raw(reader.length(reader.remaining, 1))),
  });
}

/** The account behind an address; only plain ids are accounts here. */
export function accountOf(address: MultiAddress): Uint8Array | undefined {
  return address.type === 'Id' ? address.value : undefined;
}
