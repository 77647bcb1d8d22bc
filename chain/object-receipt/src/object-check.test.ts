// The bytes of an object are proven against a receipt that has the key of its stream.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byteAt, present } from '@cess/primitives';
import { checkObjectBytes, verifyReceipt } from './index.js';
import { type Sample, samples, signedAgain } from './test-support/samples.js';

async function* inPieces(bytes: Uint8Array, length = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

const check = async ({ receipt, trust }: Sample, bytes: Uint8Array) =>
  checkObjectBytes(await verifyReceipt(receipt, trust), inPieces(bytes));

describe('the bytes of an object', () => {
  for (const sample of samples) {
    it(`are proven to be what the chain records: ${sample.name}`, async () => {
      const size = sample.plaintext.length;
      assert.deepEqual(await check(sample, sample.plaintext), { size, provenBytes: size });
    });

    it(`are refused when one is missing, added or changed: ${sample.name}`, async () => {
      const { plaintext } = sample;
      const others: Uint8Array[] = [Uint8Array.of(...plaintext, 0)];
      for (const at of plaintext.length === 0 ? [] : [0, plaintext.length >> 1, plaintext.length - 1]) {
        const changed = plaintext.slice();
        changed[at] = byteAt(changed, at) ^ 1;
        others.push(changed);
      }
      if (plaintext.length > 0) others.push(plaintext.subarray(1), plaintext.subarray(0, -1));
      for (const other of others)
        await assert.rejects(check(sample, other), { code: 'OBJECT_RECEIPT_OBJECT_MISMATCH' });
    });
  }

  it('are not proven without the key; only their number is compared', async () => {
    const [whole] = samples as [Sample];
    const receipt = signedAgain(whole, ({ files }) => {
      present(files[0]?.streams[0], 'the stream').key = null;
    });
    const bytes = whole.plaintext.map((byte) => byte ^ 1);
    assert.deepEqual(await check({ ...whole, receipt }, bytes), { size: bytes.length, provenBytes: 0 });
    await assert.rejects(check({ ...whole, receipt }, bytes.subarray(1)), { code: 'OBJECT_RECEIPT_OBJECT_MISMATCH' });
  });

  it('are refused under a wrong key', async () => {
    const [whole] = samples as [Sample];
    const receipt = signedAgain(whole, ({ files }) => {
      present(files[0]?.streams[0], 'the stream').key = `0x${'11'.repeat(32)}`;
    });
    await assert.rejects(check({ ...whole, receipt }, whole.plaintext), { code: 'OBJECT_RECEIPT_OBJECT_MISMATCH' });
  });
});
