// Typed key wraps (docs/protocol/data-path.md §7). A manifest or bucket record holds a list of wraps of one key. Each
// has a type, so that a new way to share a key (proxy re-encryption) adds a type.
//   x25519: 32-byte key to the holder of an X25519 key; ephemeral-static, HKDF-SHA256(shared, salt = ephemeral ‖
//           recipient, info "CESS/wrap/x25519/v1"), AES-256-GCM, AAD = context
//   bucket: stream key under a bucket key; HKDF-SHA256(bucket key, salt = stream id, info "CESS/wrap/bucket/v1"),
//           AES-256-GCM, AAD = stream id
//   customer, named: stream key under a bucket key and a second key (locked-wraps.ts)
// All derive a key for a single message, so the nonce is constant zero.
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { fixedBytes, type Static, struct, u32, variant } from '@cess/codec';
import { hkdfSha256, x25519PairFromSecret, x25519SharedSecret } from '@cess/crypto';
import { CessError, concatBytes, invariant, type Rng, utf8 } from '@cess/primitives';

const keyLength = 32;
const tagLength = 16;
const zeroNonce = new Uint8Array(12);
const x25519Info = utf8('CESS/wrap/x25519/v1');
const bucketInfo = utf8('CESS/wrap/bucket/v1');

const x25519WrapFields = struct({
  recipient: fixedBytes(32),
  ephemeral: fixedBytes(32),
  sealed: fixedBytes(keyLength + tagLength),
});
const bucketWrapFields = struct({ sealed: fixedBytes(keyLength + tagLength) });
const lockedLength = keyLength + 2 * tagLength;
const customerWrapFields = struct({ sealed: fixedBytes(lockedLength) });
/** `version` is that of the named key. */
const namedWrapFields = struct({ version: u32, sealed: fixedBytes(lockedLength) });

/** Bytes of a wrap: one type byte (0 bucket, 1 x25519, 2 customer, 3 named), then the fields in order. */
export const keyWrapCodec = variant({
  bucket: bucketWrapFields,
  x25519: x25519WrapFields,
  customer: customerWrapFields,
  named: namedWrapFields,
});
export type KeyWrap = Static<typeof keyWrapCodec>;
export type X25519Wrap = Extract<KeyWrap, { readonly type: 'x25519' }>;
export type BucketWrap = Extract<KeyWrap, { readonly type: 'bucket' }>;

/** Wraps a 32-byte key to an X25519 public key. `context` names what the key is for; unwrapping needs the same. */
export function wrapKeyTo(recipient: Uint8Array, key: Uint8Array, context: Uint8Array, rng: Rng): X25519Wrap {
  const ephemeral = x25519PairFromSecret(rng.bytes(32));
  const shared = x25519SharedSecret(ephemeral.secretKey, recipient);
  const sealed = sealKey(x25519WrapKey(shared, ephemeral.publicKey, recipient), key, context);
  return { type: 'x25519', value: { recipient: recipient.slice(), ephemeral: ephemeral.publicKey, sealed } };
}

/** The key inside. Throws `WRAP_INVALID` for another recipient, another context or damaged bytes. */
export function unwrapKeyWith(secretKey: Uint8Array, wrap: X25519Wrap, context: Uint8Array): Uint8Array {
  const { ephemeral, sealed } = wrap.value;
  const { publicKey } = x25519PairFromSecret(secretKey);
  const shared = x25519SharedSecret(secretKey, ephemeral);
  return openKey(x25519WrapKey(shared, ephemeral, publicKey), sealed, context);
}

/** Wraps the key of one stream under the bucket's key. A stream id is used once, so this is deterministic. */
export function wrapStreamKey(bucketKey: Uint8Array, streamId: Uint8Array, streamKey: Uint8Array): BucketWrap {
  return { type: 'bucket', value: { sealed: sealKey(bucketWrapKey(bucketKey, streamId), streamKey, streamId) } };
}

/** The stream's key. Throws `WRAP_INVALID` for another bucket key, another stream or damaged bytes. */
export function unwrapStreamKey(bucketKey: Uint8Array, streamId: Uint8Array, wrap: BucketWrap): Uint8Array {
  return openKey(bucketWrapKey(bucketKey, streamId), wrap.value.sealed, streamId);
}

function x25519WrapKey(shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  return hkdfSha256({ secret: shared, salt: concatBytes(ephemeral, recipient), info: x25519Info, length: 32 });
}

function bucketWrapKey(bucketKey: Uint8Array, streamId: Uint8Array): Uint8Array {
  invariant(bucketKey.length === keyLength && streamId.length === 32, 'bucket key and stream id are 32 bytes');
  return hkdfSha256({ secret: bucketKey, salt: streamId, info: bucketInfo, length: 32 });
}

/** Seals a key, or a sealed key, under a key that seals nothing else. */
export function sealKey(wrapKey: Uint8Array, key: Uint8Array, aad: Uint8Array): Uint8Array {
  invariant(key.length === keyLength || key.length === keyLength + tagLength, 'a wrapped key is 32 bytes');
  const cipher = createCipheriv('aes-256-gcm', wrapKey, zeroNonce, { authTagLength: tagLength });
  cipher.setAAD(aad);
  return concatBytes(cipher.update(key), cipher.final(), cipher.getAuthTag());
}

/** Throws `WRAP_INVALID`. */
export function openKey(wrapKey: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const length = sealed.length - tagLength;
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrapKey, zeroNonce, { authTagLength: tagLength });
    decipher.setAAD(aad);
    decipher.setAuthTag(sealed.subarray(length));
    return concatBytes(decipher.update(sealed.subarray(0, length)), decipher.final());
  } catch (cause) {
    throw new CessError(
      'WRAP_INVALID',
      'This key wrap is not for this key and purpose, or it is damaged.',
      {},
      { cause },
    );
  }
}
