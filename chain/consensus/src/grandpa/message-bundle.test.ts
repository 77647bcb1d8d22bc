// GR-25: several messages in one request.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeBundle, encodeBundle, encodeMessage, maxBundleMessages } from '../index.js';

const packets = Array.from({ length: maxBundleMessages }, (_, round) =>
  encodeMessage({ type: 'neighbour', packet: { round, setId: 0, commitHeight: 0 } }),
);

describe('bundle of messages', () => {
  it('GR-25: has its messages in their order, up to the most', () => {
    assert.deepEqual(decodeBundle(encodeBundle(packets)), packets);
    assert.deepEqual(decodeBundle(encodeBundle([])), []);
  });

  it('GR-25: one message more, and what is no bundle, is malformed', () => {
    const encoded = encodeBundle(packets);
    // The length: a compact integer of two bytes.
    const tooMany = Uint8Array.from([...encoded, 0]);
    new DataView(tooMany.buffer).setUint16(0, ((maxBundleMessages + 1) << 2) | 1, true);
    for (const content of [tooMany, encoded.subarray(0, -1), new Uint8Array(0), Uint8Array.of(4, 8, 1)]) {
      assert.throws(() => decodeBundle(content), { code: 'SCALE_MALFORMED' });
    }
    assert.throws(() => encodeBundle([...packets, new Uint8Array(1)]));
  });
});
