import assert from 'node:assert/strict';
import { createCipheriv, webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { fromHex, isCessError, toHex } from '@cess/primitives';
import fc from 'fast-check';
import {
  ciphertextLength,
  frameCountOf,
  framePlaintextSizeBytes,
  frameRange,
  frameSizeBytes,
  openFrame,
  plaintextLengthOf,
  sealFrame,
} from './index.js';

const full = framePlaintextSizeBytes;
const key = new Uint8Array(32).map((_, i) => 7 * i);
const streamId = new Uint8Array(32).map((_, i) => 255 - i);

function testBytes(length: number): Uint8Array {
  return new Uint8Array(length).map((_, i) => (i * 31 + (i >> 8)) & 0xff);
}

function sealStream(plaintext: Uint8Array, id = streamId): Uint8Array {
  const out = new Uint8Array(ciphertextLength(plaintext.length));
  const count = frameCountOf(plaintext.length);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const part = plaintext.subarray(index * full, (index + 1) * full);
    at += sealFrame(key, { streamId: id, index, isLast: index === count - 1 }, part, out, at);
  }
  assert.equal(at, out.length);
  return out;
}

function openStream(sealed: Uint8Array, id = streamId): Uint8Array {
  const count = Math.max(1, Math.ceil(sealed.length / frameSizeBytes));
  const out = new Uint8Array(sealed.length);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const frame = sealed.subarray(index * frameSizeBytes, (index + 1) * frameSizeBytes);
    at += openFrame(key, { streamId: id, index, isLast: index === count - 1 }, frame, out, at);
  }
  return out.subarray(0, at);
}

const invalid = (error: unknown) => isCessError(error, 'SEALED_FRAME_INVALID');

test('the AES-256-GCM below gives the answers of test cases 14 and 16 of the GCM specification', () => {
  const run = (k: string, iv: string, plain: string, aad: string) => {
    const cipher = createCipheriv('aes-256-gcm', fromHex(k), fromHex(iv)).setAAD(fromHex(aad));
    const text = cipher.update(fromHex(plain));
    cipher.final();
    return [toHex(text), toHex(cipher.getAuthTag())];
  };
  assert.deepEqual(run('00'.repeat(32), '00'.repeat(12), '00'.repeat(16), ''), [
    'cea7403d4d606b6e074ec5d3baf39d18',
    'd0d1c8a799996bf0265b98b5d48ab919',
  ]);
  assert.deepEqual(
    run(
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    ),
    [
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
  );
});

test('a frame is AES-256-GCM with the nonce and the associated data that the format names', async () => {
  const plaintext = testBytes(100);
  const out = new Uint8Array(116);
  sealFrame(key, { streamId, index: 258, isLast: true }, plaintext, out);
  const imported = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const sealed = await webcrypto.subtle.encrypt(
    {
      name: 'AES-GCM',
      iv: fromHex('020100000000000000000001'),
      additionalData: fromHex(`${toHex(streamId)}020100000000000001`),
    },
    imported,
    plaintext,
  );
  assert.deepEqual(out, new Uint8Array(sealed));
});

test('an empty stream is one empty last frame of 16 bytes', () => {
  const sealed = sealStream(new Uint8Array(0));
  assert.equal(sealed.length, 16);
  assert.deepEqual(openStream(sealed), new Uint8Array(0));
});

test('streams of any length come back, and their lengths follow from each other', () => {
  for (const length of [0, 1, 100, full - 1, full, full + 1, 2 * full, 2 * full + 5]) {
    const sealed = sealStream(testBytes(length));
    assert.equal(plaintextLengthOf(sealed.length), length);
    assert.deepEqual(openStream(sealed), testBytes(length), `length ${length}`);
  }
  for (const impossible of [0, 15, frameSizeBytes + 1, frameSizeBytes + 15]) {
    assert.equal(plaintextLengthOf(impossible), undefined);
  }
});

test('frameRange names exactly the frames that hold a range', () => {
  fc.assert(
    fc.property(fc.nat(5 * full), fc.nat(5 * full), fc.nat(5 * full), (a, b, c) => {
      const [offset, end, total] = [a, b, c].sort((x, y) => x - y) as [number, number, number];
      const range = frameRange(total, offset, end - offset);
      const lastFrame = range.firstFrame + range.frameCount - 1;
      assert.ok(lastFrame < frameCountOf(total));
      assert.equal(range.firstFrame * full + range.skip, offset);
      assert.ok(range.skip <= full && (end === offset || (range.skip < full && lastFrame * full < end)));
      assert.ok((lastFrame + 1) * full >= end);
      assert.equal(range.ciphertextOffset, range.firstFrame * frameSizeBytes);
      const untilLast = Math.min((lastFrame + 1) * frameSizeBytes, ciphertextLength(total));
      assert.equal(range.ciphertextOffset + range.ciphertextLength, untilLast);
    }),
    { seed: 6, numRuns: 500 },
  );
});

test('a flipped bit anywhere in a frame is detected and no plaintext comes out', () => {
  const sealed = sealStream(testBytes(40));
  for (let i = 0; i < sealed.length; i++) {
    const bad = sealed.slice();
    bad[i]! ^= 0x80;
    const out = new Uint8Array(40).fill(9);
    assert.throws(() => openFrame(key, { streamId, index: 0, isLast: true }, bad, out), invalid);
    assert.deepEqual(out, new Uint8Array(40));
  }
});

test('truncation at a frame boundary or elsewhere, and appended frames, are detected', () => {
  const sealed = sealStream(testBytes(2 * full + 7));
  assert.throws(() => openStream(sealed.subarray(0, 2 * frameSizeBytes)), invalid);
  assert.throws(() => openStream(sealed.subarray(0, frameSizeBytes)), invalid);
  assert.throws(() => openStream(sealed.subarray(0, sealed.length - 1)), invalid);
  assert.throws(() => openStream(new Uint8Array(0)), invalid);
  const longer = new Uint8Array(sealed.length + 16);
  longer.set(sealed);
  assert.throws(() => openStream(longer), invalid);
});

test('exchanged frames, frames of another stream and another key are detected', () => {
  const sealed = sealStream(testBytes(3 * full));
  const swapped = sealed.slice();
  swapped.copyWithin(0, frameSizeBytes, 2 * frameSizeBytes);
  swapped.set(sealed.subarray(0, frameSizeBytes), frameSizeBytes);
  assert.throws(() => openStream(swapped), invalid);
  const otherId = streamId.map((byte) => byte ^ 1);
  assert.throws(() => openStream(sealed, otherId), invalid);
  const mixed = sealed.slice();
  mixed.set(sealStream(testBytes(3 * full), otherId).subarray(frameSizeBytes, 2 * frameSizeBytes), frameSizeBytes);
  assert.throws(() => openStream(mixed), invalid);
  const otherKey = key.map((byte) => byte ^ 1);
  const out = new Uint8Array(full);
  const first = sealed.subarray(0, frameSizeBytes);
  assert.throws(() => openFrame(otherKey, { streamId, index: 0, isLast: false }, first, out), invalid);
});

test('a short frame that is not the last cannot be sealed', () => {
  assert.throws(() => sealFrame(key, { streamId, index: 0, isLast: false }, testBytes(5), new Uint8Array(21)), /short/);
});
