// Bucket keys and stream keys (docs/protocol/data-path.md §7): a bucket's random key is sealed to its owner and to
// this gateway; every stream key is wrapped under the key of the bucket. While the key is being rotated (ADR 69), a bucket has the
// wraps of two keys, the new one first.
import { systemRng, type X25519Pair } from '@cess/crypto';
import { dataPathError, type LockFor } from '@cess/data-path';
import type { BucketRecord } from '@cess/object-index';
import { equalBytes, isCessError, toHex } from '@cess/primitives';
import {
  keyWrapCodec,
  replaceBucketKey,
  type StreamLock,
  unwrapKeyWith,
  unwrapLockedKey,
  unwrapStreamKey,
  wrapKeyTo,
  wrapLockedKey,
  wrapStreamKey,
  type X25519Wrap,
} from '@cess/sealing';
import { bucketKeyContext } from './bucket-recipients.js';

/** Size of the cache of opened bucket keys: opening one takes two scalar multiplications, and a copy needs many. */
const maxOpened = 256;

export class BucketKeys {
  readonly #opened = new Map<string, Uint8Array>();
  /** By records, which the index gives again while they do not change. */
  readonly #ofBuckets = new WeakMap<BucketRecord, readonly [Uint8Array, ...Uint8Array[]]>();

  constructor(private readonly gatewayKey: X25519Pair) {}

  /** Wraps of a fresh bucket key, for the owner and for this gateway. */
  create(ownerKey: Uint8Array): readonly Uint8Array[] {
    const key = systemRng.bytes(32);
    return [ownerKey, this.gatewayKey.publicKey].map((recipient) =>
      keyWrapCodec.encode(wrapKeyTo(recipient, key, bucketKeyContext, systemRng)),
    );
  }

  /** Throws `GATEWAY_KEY_MISSING` if this gateway cannot open the key of the bucket. */
  requireKey(bucket: BucketRecord): void {
    this.#open(bucket);
  }

  /** A stream key wrapped for a bucket, under its current key. */
  wrapStream(bucket: BucketRecord, streamId: Uint8Array, streamKey: Uint8Array, lock?: StreamLock): Uint8Array {
    const [bucketKey] = this.#open(bucket);
    return keyWrapCodec.encode(
      lock === undefined
        ? wrapStreamKey(bucketKey, streamId, streamKey)
        : wrapLockedKey(bucketKey, lock, streamId, streamKey),
    );
  }

  /** The stream key inside a wrap. Throws `WRAP_INVALID` or `GATEWAY_KEY_MISSING`. */
  unwrapStream(bucket: BucketRecord, streamId: Uint8Array, wrapBytes: Uint8Array, lockFor?: LockFor): Uint8Array {
    const wrap = keyWrapCodec.decode(wrapBytes);
    const keys = this.#open(bucket);
    if (wrap.type === 'bucket') return firstThatOpens(keys, (key) => unwrapStreamKey(key, streamId, wrap));
    if (wrap.type === 'x25519' || lockFor === undefined) throw dataPathError('GATEWAY_KEY_MISSING');
    const lock = lockFor(wrap);
    return firstThatOpens(keys, (key) => unwrapLockedKey(key, lock, streamId, wrap));
  }

  /** A wrap under an older key of the bucket, moved to the current one; undefined for every other wrap. */
  renew(bucket: BucketRecord, streamId: Uint8Array, wrapBytes: Uint8Array): Uint8Array | undefined {
    const wrap = keyWrapCodec.decode(wrapBytes);
    if (wrap.type === 'x25519') return undefined;
    const [to, ...older] = this.#open(bucket);
    const moveFrom = (from: Uint8Array) => tryOpen(() => replaceBucketKey(wrap, streamId, { from, to }));
    if (moveFrom(to) !== undefined) return undefined;
    for (const from of older) {
      const moved = moveFrom(from);
      if (moved !== undefined) return keyWrapCodec.encode(moved);
    }
    return undefined;
  }

  /** The keys of the bucket, the current one first. */
  #open(bucket: BucketRecord): readonly [Uint8Array, ...Uint8Array[]] {
    const known = this.#ofBuckets.get(bucket) ?? this.#openWraps(bucket);
    this.#ofBuckets.set(bucket, known);
    return known;
  }

  #openWraps(bucket: BucketRecord): readonly [Uint8Array, ...Uint8Array[]] {
    const [current, ...older] = bucket.keyWraps.flatMap((bytes) => {
      const wrap = keyWrapCodec.decode(bytes);
      const isOwn = wrap.type === 'x25519' && equalBytes(wrap.value.recipient, this.gatewayKey.publicKey);
      return isOwn ? [this.#openWrap(wrap)] : [];
    });
    if (current === undefined) throw dataPathError('GATEWAY_KEY_MISSING');
    return [current, ...older];
  }

  #openWrap(wrap: X25519Wrap): Uint8Array {
    const name = toHex(keyWrapCodec.encode(wrap));
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const key = unwrapKeyWith(this.gatewayKey.secretKey, wrap, bucketKeyContext);
    const [oldest] = this.#opened.keys();
    if (this.#opened.size >= maxOpened && oldest !== undefined) this.#opened.delete(oldest);
    this.#opened.set(name, key);
    return key;
  }
}

/** Throws `WRAP_INVALID` if no key opens. The current key comes last, so that its error is the answer. */
function firstThatOpens(
  [current, ...older]: readonly [Uint8Array, ...Uint8Array[]],
  open: (key: Uint8Array) => Uint8Array,
): Uint8Array {
  for (const key of older) {
    const opened = tryOpen(() => open(key));
    if (opened !== undefined) return opened;
  }
  return open(current);
}

/** Undefined for a key that does not open the wrap. */
function tryOpen<T>(open: () => T): T | undefined {
  try {
    return open();
  } catch (error) {
    if (isCessError(error, 'WRAP_INVALID')) return undefined;
    throw error;
  }
}
