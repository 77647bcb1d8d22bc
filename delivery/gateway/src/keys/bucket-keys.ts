// Bucket keys and stream keys (docs/protocol/data-path.md §7): a bucket's random key is sealed to its owner and to
// this gateway; every stream key is wrapped under the key of the bucket.
import { systemRng, type X25519Pair } from '@cess/crypto';
import { dataPathError, type LockFor } from '@cess/data-path';
import type { BucketRecord } from '@cess/object-index';
import { equalBytes, toHex, utf8 } from '@cess/primitives';
import {
  keyWrapCodec,
  type StreamLock,
  unwrapKeyWith,
  unwrapLockedKey,
  unwrapStreamKey,
  wrapKeyTo,
  wrapLockedKey,
  wrapStreamKey,
  type X25519Wrap,
} from '@cess/sealing';

const bucketKeyContext = utf8('CESS/bucket-key/v1');

/** Size of the cache of opened bucket keys: opening one takes two scalar multiplications, and a copy needs many. */
const maxOpened = 256;

export class BucketKeys {
  readonly #opened = new Map<string, Uint8Array>();

  constructor(private readonly gatewayKey: X25519Pair) {}

  /** Wraps of a fresh bucket key, for the owner and for this gateway. */
  create(ownerKey: Uint8Array): readonly Uint8Array[] {
    const key = systemRng.bytes(32);
    return [ownerKey, this.gatewayKey.publicKey].map((recipient) =>
      keyWrapCodec.encode(wrapKeyTo(recipient, key, bucketKeyContext, systemRng)),
    );
  }

  /** A stream key wrapped for a bucket. */
  wrapStream(bucket: BucketRecord, streamId: Uint8Array, streamKey: Uint8Array, lock?: StreamLock): Uint8Array {
    const bucketKey = this.#open(bucket);
    return keyWrapCodec.encode(
      lock === undefined
        ? wrapStreamKey(bucketKey, streamId, streamKey)
        : wrapLockedKey(bucketKey, lock, streamId, streamKey),
    );
  }

  /** The stream key inside a wrap. Throws `WRAP_INVALID` or `GATEWAY_KEY_MISSING`. */
  unwrapStream(bucket: BucketRecord, streamId: Uint8Array, wrapBytes: Uint8Array, lockFor?: LockFor): Uint8Array {
    const wrap = keyWrapCodec.decode(wrapBytes);
    if (wrap.type === 'bucket') return unwrapStreamKey(this.#open(bucket), streamId, wrap);
    if (wrap.type === 'x25519' || lockFor === undefined) throw dataPathError('GATEWAY_KEY_MISSING');
    return unwrapLockedKey(this.#open(bucket), lockFor(wrap), streamId, wrap);
  }

  #open(bucket: BucketRecord): Uint8Array {
    for (const bytes of bucket.keyWraps) {
      const wrap = keyWrapCodec.decode(bytes);
      if (wrap.type === 'x25519' && equalBytes(wrap.value.recipient, this.gatewayKey.publicKey)) {
        return this.#openWrap(wrap);
      }
    }
    throw dataPathError('GATEWAY_KEY_MISSING');
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
