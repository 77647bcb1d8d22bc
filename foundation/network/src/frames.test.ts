// The frame decoder (docs/protocol/network.md §3).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import fc from 'fast-check';
import { encodeFrame, FrameReader } from './frames.js';

/** Cuts bytes at the given shares of their length. */
function chunksOf(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });

describe('frames', () => {
  it('NW-9: a frame is its length as u32, little-endian, and its content', () => {
    assert.deepEqual(encodeFrame(Uint8Array.of(1), Uint8Array.of(2, 3)), Uint8Array.of(3, 0, 0, 0, 1, 2, 3));
  });

  it('NW-9: a frame arrives in whatever chunks it comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), cuts, (content, at) => {
        const reader = new FrameReader(3000);
        const results = chunksOf(encodeFrame(content), at).map((chunk) => reader.push(chunk));
        // Empty chunks after the last byte repeat the frame.
        assert.deepEqual(
          results.find((frame) => frame !== undefined),
          content,
        );
      }),
    );
  });

  it('NW-13: whatever bytes come, the reader gives a frame within its limit, waits, or fails with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, at) => {
        const reader = new FrameReader(64);
        try {
          for (const chunk of chunksOf(bytes, at)) {
            const frame = reader.push(chunk);
            if (frame !== undefined) assert.ok(frame.length <= 64);
          }
        } catch (error) {
          assert.ok(isCessError(error, 'NETWORK_MESSAGE_TOO_LARGE', 'NETWORK_MESSAGE_MALFORMED'));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('NW-13: a length above the limit fails with the header, one at the limit does not', () => {
    assert.equal(new FrameReader(100).push(Uint8Array.of(100, 0, 0, 0)), undefined);
    assert.throws(() => new FrameReader(100).push(Uint8Array.of(101, 0, 0, 0)), { code: 'NETWORK_MESSAGE_TOO_LARGE' });
  });

  it('NW-13: one byte after the frame is malformed', () => {
    const reader = new FrameReader(100);
    assert.throws(() => reader.push(Uint8Array.of(1, 0, 0, 0, 5, 6)), { code: 'NETWORK_MESSAGE_MALFORMED' });
  });

  it('NW-13: a promised length takes no memory before bytes arrive', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => new FrameReader(1 << 26));
    for (const reader of readers) reader.push(Uint8Array.of(0, 0, 0, 4, 1));
    assert.ok(process.memoryUsage().arrayBuffers - before < 10 << 20);
  });
});
