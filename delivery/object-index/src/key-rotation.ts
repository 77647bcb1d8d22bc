// Rotation of the key of a bucket (ADR 69). While a rotation is under way, the record of the bucket has the wraps of the new key and
// behind them those of the old one. New stream keys are wrapped under the new key inside the transaction that enters them. A worker moves
// the others, page by page, and removes the old key after a pass over all files that found none under it.
import {
  bool,
  bytes,
  fixedBytes,
  option,
  type Static,
  safeInteger as size,
  struct,
  u32,
  versionedRecord,
} from '@cess/codec';
import { concatBytes, equalBytes } from '@cess/primitives';
import { indexError } from './errors.js';
import { tryFileRecord } from './file-table.js';
import { putFile } from './files.js';
import type { IndexView, Portions } from './index-view.js';
import * as keys from './keys.js';
import { requireBucket } from './objects.js';
import { type BucketRecord, bucketRecord, type FileRecord } from './records.js';

/** Under which a bucket that had a rotation keeps its state. It is no setting of the bucket. */
export const keyRotationConfiguration = 'key-rotation';

const rotation = struct({
  /** The first wrap that the bucket was created with: it identifies the bucket, whatever key it has. */
  origin: bytes(),
  startedAtMs: size,
  /** None while the rotation is under way. */
  finishedAtMs: option(size),
  /** How many wraps of the bucket, from the first on, are of the current key. */
  currentWraps: u32,
  /** Stream keys moved to the current key. */
  rewrapped: size,
  /** The pass over all files that is under way. */
  pass: struct({
    /** Files up to this one are done. */
    after: option(fixedBytes(32)),
    checked: size,
    /** Whether the pass moved a key: another one has to find none. */
    hasRewrapped: bool,
    unreadable: size,
  }),
});
export type KeyRotation = Static<typeof rotation>;

const rotationRecord = versionedRecord({ name: 'key rotation', version: 1, codec: rotation });
const newPass: KeyRotation['pass'] = { after: undefined, checked: 0, hasRewrapped: false, unreadable: 0 };

export interface RewrapRequest {
  /** Most files of the page. */
  readonly limit: number;
  readonly nowMs: number;
  /** The wrap under the current key of the bucket; undefined if it is already, or if no key of the bucket opens it. */
  readonly renew: (bucket: BucketRecord, file: FileRecord, wrap: Uint8Array) => Uint8Array | undefined;
}

export interface RewrapStep {
  readonly rewrapped: number;
  /** `blocked`: the pass met records of files that cannot be read, so the old key stays. */
  readonly state: 'running' | 'finished' | 'blocked';
}

/** The newest rotation of a bucket, under way or finished. */
export function keyRotationOf({ configurations }: BucketRecord): KeyRotation | undefined {
  const document = configurations.find(([name]) => name === keyRotationConfiguration)?.[1];
  return document === undefined ? undefined : rotationRecord.decode(document);
}

export function isRotatingKey(bucket: BucketRecord): boolean {
  const newest = keyRotationOf(bucket);
  return newest !== undefined && newest.finishedAtMs === undefined;
}

/** The bucket with another key, whose wraps are given. Throws `KEY_ROTATION_RUNNING`. */
export function withNewKey(bucket: BucketRecord, keyWraps: readonly Uint8Array[], nowMs: number): BucketRecord {
  if (isRotatingKey(bucket)) throw indexError('KEY_ROTATION_RUNNING');
  return withRotation(
    { ...bucket, keyWraps: [...keyWraps, ...bucket.keyWraps] },
    {
      origin: originOf(bucket),
      startedAtMs: nowMs,
      finishedAtMs: undefined,
      currentWraps: keyWraps.length,
      rewrapped: 0,
      pass: newPass,
    },
  );
}

/** The bucket with the wraps that `more` gives for a wrap, behind it: of the same key, for others. */
export function withMoreWraps(bucket: BucketRecord, more: (wrap: Uint8Array) => readonly Uint8Array[]): BucketRecord {
  const groups = bucket.keyWraps.map((wrap) => [wrap, ...more(wrap)]);
  const changed = { ...bucket, keyWraps: groups.flat() };
  const running = keyRotationOf(bucket);
  if (running === undefined || !isRotatingKey(bucket)) return changed;
  const currentWraps = groups.slice(0, running.currentWraps).flat().length;
  return withRotation(changed, { ...running, currentWraps });
}

/** Whether two records are of one bucket, and not of buckets that were created under one name after each other. */
export function isSameBucket(one: BucketRecord, other: BucketRecord): boolean {
  return one.createdAtMs === other.createdAtMs && equalBytes(originOf(one), originOf(other));
}

/** Moves the wraps of a page of files, with the progress of the rotation in the same transaction. */
export function* rewrapPage(
  view: IndexView,
  name: string,
  { limit, nowMs, renew }: RewrapRequest,
): Portions<RewrapStep> {
  const bucket = yield* requireBucket(view, name);
  const running = keyRotationOf(bucket);
  if (running === undefined || running.finishedAtMs !== undefined) return { rewrapped: 0, state: 'finished' };
  const { after } = running.pass;
  const range = keys.rangeOf(keys.filePrefix);
  const gte = after === undefined ? range.gte : keys.fileKey(concatBytes(after, new Uint8Array(1)));
  const page = yield* view.page({ ...range, gte, limit });
  let [rewrapped, unreadable] = [0, 0];
  for (const [key, value] of page) {
    yield;
    const file = tryFileRecord(value);
    const own = file?.keyWraps.find((wrap) => wrap.bucket === name);
    if (file === undefined) unreadable++;
    if (file === undefined || own === undefined) continue;
    const wrap = renew(bucket, file, own.wrap);
    if (wrap === undefined) continue;
    const others = file.keyWraps.filter((one) => one !== own);
    putFile(view, keys.fileOfKey(key), { ...file, keyWraps: [...others, { bucket: name, wrap }] });
    rewrapped++;
  }
  const last = page.at(-1)?.[0];
  const pass = {
    after: last === undefined ? after : keys.fileOfKey(last),
    checked: running.pass.checked + page.length,
    hasRewrapped: running.pass.hasRewrapped || rewrapped > 0,
    unreadable: running.pass.unreadable + unreadable,
  };
  const next = { ...running, rewrapped: running.rewrapped + rewrapped, pass };
  const [changed, state] =
    page.length === limit ? ([withRotation(bucket, next), 'running'] as const) : endPass(bucket, next, nowMs);
  view.put(keys.bucketKey(name), bucketRecord.encode(changed));
  return { rewrapped, state };
}

/** Removes the old key if the pass shows that nothing needs it any more. Otherwise another pass follows. */
function endPass(
  bucket: BucketRecord,
  ended: KeyRotation,
  nowMs: number,
): readonly [BucketRecord, RewrapStep['state']] {
  const { hasRewrapped, unreadable } = ended.pass;
  if (hasRewrapped || unreadable > 0)
    return [withRotation(bucket, { ...ended, pass: newPass }), hasRewrapped ? 'running' : 'blocked'];
  const keyWraps = bucket.keyWraps.slice(0, ended.currentWraps);
  return [withRotation({ ...bucket, keyWraps }, { ...ended, finishedAtMs: nowMs }), 'finished'];
}

function originOf(bucket: BucketRecord): Uint8Array {
  return keyRotationOf(bucket)?.origin ?? bucket.keyWraps[0] ?? new Uint8Array(0);
}

function withRotation(bucket: BucketRecord, state: KeyRotation): BucketRecord {
  const others = bucket.configurations.filter(([name]) => name !== keyRotationConfiguration);
  return { ...bucket, configurations: [...others, [keyRotationConfiguration, rotationRecord.encode(state)]] };
}
