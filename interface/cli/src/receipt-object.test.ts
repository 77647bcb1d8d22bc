// What a receipt without keys can say of the bytes of an object: whether they have the checksums and the entity tag that it states.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { VerifiedReceipt } from '@cess/object-receipt';
import { compareObject } from './receipt-object.js';

const folder = mkdtempSync(join(tmpdir(), 'cess-receipt-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const bytes = Buffer.from('the bytes of an object in three parts');
const path = join(folder, 'object');
writeFileSync(path, bytes);
const digest = (name: string, data: Uint8Array) => createHash(name).update(data).digest();
const id = `0x${'00'.repeat(32)}`;

function receiptOf(object: Partial<VerifiedReceipt['statement']['object']>): VerifiedReceipt {
  const size = bytes.length;
  const whole = {
    ...{ bucket: 'b', key: 'k', versionId: null, size, etag: '', lastModifiedMs: 0, storageClass: 'STANDARD' },
    ...{ checksumType: 'FULL_OBJECT', checksums: [], partSizes: [] },
  };
  const stream = { id, plaintextOffset: 0, ciphertextOffset: 0, ciphertextLength: size + 16, key: null };
  const file = {
    ...{ id, owner: id, authorizesGateway: true, territory: 't', orderId: id, declaredBy: id, declaredAt: 1 },
    ...{ state: 'Active', size: size + 16, storedBytes: 0, segments: [] },
  };
  return {
    statement: {
      ...{ genesis: id, gateway: id, block: { number: 1, hash: id }, issuedAtMs: 0, object: { ...whole, ...object } },
      extents: [{ file: id, offset: 0, length: size }],
      files: [{ id, streams: [stream], shards: [] }],
    },
    chain: {
      ...{ timeMs: 0, gateway: { nodeKey: id, endpoint: '', domain: '' }, files: [file] },
      ...{ providers: [], tagKeys: [], rounds: [] },
    },
  };
}

describe('the bytes of an object', () => {
  it('have the entity tag of one part, or of several', async () => {
    const single = receiptOf({ etag: digest('md5', bytes).toString('hex') });
    assert.deepEqual((await compareObject(single, path)).stated, ['ETag']);
    const sizes = [10, 20, bytes.length - 30];
    const parts = [bytes.subarray(0, 10), bytes.subarray(10, 30), bytes.subarray(30)];
    const joined = digest('md5', Buffer.concat(parts.map((part) => digest('md5', part)))).toString('hex');
    const multipart = receiptOf({ etag: `${joined}-3`, partSizes: sizes });
    assert.deepEqual(await compareObject(multipart, path), { size: bytes.length, provenBytes: 0, stated: ['ETag'] });
  });

  it('have the stated SHA-256, or are refused', async () => {
    const stating = (data: Uint8Array) =>
      receiptOf({ checksums: [{ algorithm: 'SHA256', value: digest('sha256', data).toString('base64') }] });
    assert.deepEqual((await compareObject(stating(bytes), path)).stated, ['SHA256']);
    const other = stating(bytes.subarray(1));
    await assert.rejects(compareObject(other, path), { code: 'OBJECT_RECEIPT_OBJECT_MISMATCH' });
  });

  it('are not confirmed by a receipt with nothing to compare them with', async () => {
    await assert.rejects(compareObject(receiptOf({ etag: 'x' }), path), { code: 'RECEIPT_OBJECT_UNCONFIRMED' });
  });
});
