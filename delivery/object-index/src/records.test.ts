// Records of version 1, as an earlier program wrote them, are read as what version 2 has for them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromHex, toHex, utf8 } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import { ObjectIndex, openIndexFormat } from './index.js';
import * as keys from './keys.js';
import { bucketRecord, completionRecord, fileRecord, objectRecord, uploadRecord } from './records.js';

const genesis = new Uint8Array(32).fill(1);
const id = (byte: number) => new Uint8Array(32).fill(byte);
/** Written by the program before version 2. */
const first = {
  object: fromHex(
    `010f000000000000000c652d327b68e5cf8b01000028746578742f706c61696e041c657870697265730430040461046204144352433332204141414141413d3d0104${'01'.repeat(32)}00000000000000000f00000000000000080a000000000000000500000000000000`,
  ),
  bucket: fromHex(`01${'02'.repeat(32)}1c64656661756c742475732d656173742d3107000000000000000480${'03'.repeat(32)}`),
  upload: fromHex('017b68e5cf8b01000028746578742f706c61696e041c65787069726573043004046104620114435243333201'),
  file: fromHex(
    `${'01'.repeat(32)}011c64656661756c74${'02'.repeat(32)}80${'03'.repeat(32)}04046280${'04'.repeat(32)}0a000000000000001a0000000000000054000000000000000100000002000000010700000000000000`,
  ),
  completion: fromHex(`0101000000000000000200000000000000${'04'.repeat(32)}0f000000000000000c652d320001`),
};

describe('records of version 1', () => {
  it('an object is a null version of the time of its last change, with the sizes of its parts', () => {
    assert.deepEqual(objectRecord.decode(first.object), {
      size: 15,
      etag: 'e-2',
      lastModifiedMs: 1_700_000_000_123,
      contentType: 'text/plain',
      headers: [['expires', '0']],
      metadata: [['a', 'b']],
      checksums: [['CRC32', 'AAAAAA==']],
      checksumType: 'COMPOSITE',
      extents: [{ fileId: id(1), offset: 0, length: 15 }],
      parts: [
        { size: 10, checksums: [] },
        { size: 5, checksums: [] },
      ],
      ordinal: 1_700_000_000_123n * 4096n,
      nonce: new Uint8Array(0),
      isNull: true,
      isDeleteMarker: false,
      tags: [],
      storageClass: 'STANDARD',
      retention: undefined,
      legalHold: false,
      owner: undefined,
      attributes: [],
    });
  });

  it('a bucket never kept versions, and a completion names none', () => {
    const bucket = bucketRecord.decode(first.bucket);
    assert.deepEqual([bucket.createdAtMs, bucket.versioning, bucket.configurations], [7, 'never', []]);
    const completion = completionRecord.decode(first.completion);
    assert.deepEqual([completion.etag, completion.versionId], ['e-2', undefined]);
  });

  it('a file has segments of its own and is no pack', () => {
    const { references, state, createdAtMs, within, pack } = fileRecord.decode(first.file);
    assert.deepEqual([references, state, createdAtMs, within, pack], [2, 'declared', 7, undefined, undefined]);
  });

  it('an upload states no tags and no locks', () => {
    assert.deepEqual(uploadRecord.decode(first.upload), {
      initiatedAtMs: 1_700_000_000_123,
      contentType: 'text/plain',
      headers: [['expires', '0']],
      metadata: [['a', 'b']],
      checksumAlgorithm: 'CRC32',
      checksumType: 'COMPOSITE',
      tags: [],
      storageClass: 'STANDARD',
      retention: undefined,
      legalHold: false,
      owner: undefined,
      attributes: [],
    });
  });

  it('keep their values, also those with everything that version 2 adds', () => {
    const object = {
      ...objectRecord.decode(first.object),
      tags: [['project', 'x']] as const,
      storageClass: 'GLACIER',
      retention: { mode: 'COMPLIANCE' as const, untilMs: 5 },
      legalHold: true,
      owner: id(9),
      attributes: [['later', Uint8Array.of(1)]] as const,
      parts: [{ size: 15, checksums: [['SHA256', 'x']] as const }],
      ordinal: 7n,
      nonce: id(8),
      isNull: false,
    };
    assert.deepEqual(objectRecord.decode(objectRecord.encode(object)), object);
  });
});

describe('index format 5', () => {
  async function opened(formatVersion: number) {
    const kv = createMemoryKv();
    const stamp = { format: 'cess-object-index', version: formatVersion, networkId: toHex(genesis) };
    await kv.write([
      { type: 'put', key: utf8('\0cess-format'), value: utf8(JSON.stringify(stamp)) },
      { type: 'put', key: keys.bucketKey('b'), value: first.bucket },
      { type: 'put', key: keys.objectKey('b', 'old'), value: first.object },
    ]);
    return { kv, opening: openIndexFormat(kv, genesis) };
  }

  it('opens an index of format 3 and rewrites no record', async () => {
    const { kv, opening } = await opened(3);
    const index = new ObjectIndex(await opening);
    assert.deepEqual(kv.get(keys.objectKey('b', 'old')), first.object);
    assert.deepEqual(kv.get(keys.bucketKey('b')), first.bucket);
    assert.equal((await index.getObject({ bucket: 'b', key: 'old' }))?.etag, 'e-2');
  });

  it('an object of format 3 becomes a null version behind a newer one', async () => {
    const { opening } = await opened(3);
    const index = new ObjectIndex(await opening);
    await index.changeBucket('b', (bucket) => ({ ...bucket, versioning: 'enabled' }));
    const name = { bucket: 'b', key: 'old' };
    const { versionId } = await index.putObject(
      name,
      { ...objectRecord.decode(first.object), etag: 'new', extents: [] },
      [],
    );
    assert.match(versionId ?? '', /^[\w-]{22}$/);
    assert.equal((await index.getObject(name))?.etag, 'new');
    assert.equal((await index.getObject(name, 'null'))?.etag, 'e-2');
  });

  it('refuses an index of a newer format', async () => {
    const { opening } = await opened(7);
    await assert.rejects(opening, { code: 'KV_FORMAT_NEWER' });
  });
});
