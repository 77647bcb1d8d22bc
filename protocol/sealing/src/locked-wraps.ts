// Wraps of stream keys that need a second key beside that of the bucket (ADR 63, ADR 64): the key of a customer, or a version of
// a named key. The stream key is sealed under the second key, and the result under the bucket key:
//   inner key = HKDF-SHA256(second key, salt = stream id, info "CESS/wrap/<customer|named>/v1"), AAD = stream id ‖ context
//   outer key = HKDF-SHA256(bucket key, salt = stream id, info "CESS/wrap/locked/v1"),           AAD = stream id
// Neither key opens a stream alone, and the outer layer can be replaced without the second key.
import { hkdfSha256 } from '@cess/crypto';
import { concatBytes, invariant, utf8 } from '@cess/primitives';
import { type BucketWrap, type KeyWrap, openKey, sealKey, unwrapStreamKey, wrapStreamKey } from './wraps.js';

const outerInfo = utf8('CESS/wrap/locked/v1');
const innerInfo = { customer: utf8('CESS/wrap/customer/v1'), named: utf8('CESS/wrap/named/v1') } as const;
const noContext = new Uint8Array(0);

/** The second key that a stream needs. `context` is authenticated with the wrap. */
export type StreamLock =
  | { readonly type: 'customer'; readonly key: Uint8Array }
  | { readonly type: 'named'; readonly version: number; readonly key: Uint8Array; readonly context: Uint8Array };

export type LockedWrap = Extract<KeyWrap, { readonly type: 'customer' | 'named' }>;

export function wrapLockedKey(
  bucketKey: Uint8Array,
  lock: StreamLock,
  streamId: Uint8Array,
  streamKey: Uint8Array,
): LockedWrap {
  const inner = sealKey(innerKey(lock, streamId), streamKey, innerAad(lock, streamId));
  const sealed = sealKey(outerKey(bucketKey, streamId), inner, streamId);
  return lock.type === 'customer'
    ? { type: 'customer', value: { sealed } }
    : { type: 'named', value: { version: lock.version, sealed } };
}

/** The stream key. Throws `WRAP_INVALID` for another bucket key, second key, context or stream. */
export function unwrapLockedKey(
  bucketKey: Uint8Array,
  lock: StreamLock,
  streamId: Uint8Array,
  wrap: LockedWrap,
): Uint8Array {
  const inner = openKey(outerKey(bucketKey, streamId), wrap.value.sealed, streamId);
  return openKey(innerKey(lock, streamId), inner, innerAad(lock, streamId));
}

/**
 * The same wrap under another bucket key. The stream key of a locked wrap stays sealed, so its second key is not needed. Throws
 * `WRAP_INVALID` if `from` does not open the wrap.
 */
export function replaceBucketKey(
  wrap: BucketWrap | LockedWrap,
  streamId: Uint8Array,
  { from, to }: { readonly from: Uint8Array; readonly to: Uint8Array },
): BucketWrap | LockedWrap {
  if (wrap.type === 'bucket') return wrapStreamKey(to, streamId, unwrapStreamKey(from, streamId, wrap));
  const inner = openKey(outerKey(from, streamId), wrap.value.sealed, streamId);
  const sealed = sealKey(outerKey(to, streamId), inner, streamId);
  return wrap.type === 'customer'
    ? { type: 'customer', value: { sealed } }
    : { type: 'named', value: { ...wrap.value, sealed } };
}

function innerKey({ type, key }: StreamLock, streamId: Uint8Array): Uint8Array {
  return derive(key, streamId, innerInfo[type]);
}

function outerKey(bucketKey: Uint8Array, streamId: Uint8Array): Uint8Array {
  return derive(bucketKey, streamId, outerInfo);
}

function derive(secret: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  invariant(secret.length === 32 && salt.length === 32, 'keys and stream ids are 32 bytes');
  return hkdfSha256({ secret, salt, info, length: 32 });
}

function innerAad(lock: StreamLock, streamId: Uint8Array): Uint8Array {
  return concatBytes(streamId, lock.type === 'named' ? lock.context : noContext);
}
