import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCessError, toHex, utf8 } from '@cess/primitives';
import {
  keyWrapCodec,
  replaceBucketKey,
  type StreamLock,
  unwrapLockedKey,
  wrapLockedKey,
  wrapStreamKey,
} from './index.js';

const bucketKey = new Uint8Array(32).fill(3);
const streamId = new Uint8Array(32).fill(4);
const streamKey = new Uint8Array(32).fill(5);
const customer: StreamLock = { type: 'customer', key: new Uint8Array(32).fill(6) };
const named: StreamLock = { type: 'named', version: 2, key: new Uint8Array(32).fill(6), context: utf8('{"a":"b"}') };
const invalidWrap = (error: unknown) => isCessError(error, 'WRAP_INVALID');

for (const lock of [customer, named]) {
  test(`a stream key under a ${lock.type} key opens with both keys, for its stream only`, () => {
    const wrap = wrapLockedKey(bucketKey, lock, streamId, streamKey);
    assert.deepEqual(unwrapLockedKey(bucketKey, lock, streamId, wrap), streamKey);
    const other = new Uint8Array(32).fill(9);
    assert.throws(() => unwrapLockedKey(other, lock, streamId, wrap), invalidWrap);
    assert.throws(() => unwrapLockedKey(bucketKey, { ...lock, key: other }, streamId, wrap), invalidWrap);
    assert.throws(() => unwrapLockedKey(bucketKey, lock, other, wrap), invalidWrap);
  });
}

test('a wrap moves to another bucket key without its second key, and becomes what a new wrap would be', () => {
  const to = new Uint8Array(32).fill(7);
  const change = { from: bucketKey, to };
  for (const lock of [customer, named]) {
    const moved = replaceBucketKey(wrapLockedKey(bucketKey, lock, streamId, streamKey), streamId, change);
    assert.deepEqual(moved, wrapLockedKey(to, lock, streamId, streamKey));
  }
  const moved = replaceBucketKey(wrapStreamKey(bucketKey, streamId, streamKey), streamId, change);
  assert.deepEqual(moved, wrapStreamKey(to, streamId, streamKey));
});

test('a wrap does not move from a bucket key that does not open it', () => {
  const change = { from: new Uint8Array(32).fill(9), to: new Uint8Array(32).fill(7) };
  const wraps = [
    wrapLockedKey(bucketKey, customer, streamId, streamKey),
    wrapStreamKey(bucketKey, streamId, streamKey),
  ];
  for (const wrap of wraps) assert.throws(() => replaceBucketKey(wrap, streamId, change), invalidWrap);
});

test('a stream key under a named key opens with its context only', () => {
  const wrap = wrapLockedKey(bucketKey, named, streamId, streamKey);
  assert.throws(() => unwrapLockedKey(bucketKey, { ...named, context: utf8('') }, streamId, wrap), invalidWrap);
});

test('a customer key does not open the wrap of a named key with the same bytes', () => {
  const wrap = wrapLockedKey(bucketKey, { ...named, context: new Uint8Array(0) }, streamId, streamKey);
  assert.throws(() => unwrapLockedKey(bucketKey, customer, streamId, wrap), invalidWrap);
});

test('wraps under two keys have a stable byte form', () => {
  const ofCustomer = keyWrapCodec.encode(wrapLockedKey(bucketKey, customer, streamId, streamKey));
  const ofName = keyWrapCodec.encode(wrapLockedKey(bucketKey, named, streamId, streamKey));
  assert.deepEqual([toHex(ofCustomer), toHex(ofName)], vectors);
  assert.deepEqual(keyWrapCodec.decode(ofName), wrapLockedKey(bucketKey, named, streamId, streamKey));
});

const vectors = [
  '0240c516e3abfeef33308d0068fcfae851d8bfa563ed03485e16ccd774b9ba38b6a0b1e68b483c002adde88f6fc754776764e704b39de1d3ee37a2668ad5a00270',
  '0302000000ca2e8855f5f54bb7e7a4bdee4661fb499e883cf679159c87b1b45132a8bd67a73ec15942cac952d69377f815c0f966ab8410d5310b968a82206d0633e308df6a',
];
