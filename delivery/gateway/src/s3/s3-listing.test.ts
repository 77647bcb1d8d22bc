// Listings with the unmodified AWS SDK: pages, prefixes, delimiters, versions, and keys that XML 1.0 cannot carry.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
});
after(async () => {
  client.destroy();
  await test.stop();
});

describe('listings', () => {
  const names = ['a', 'a/1', 'a/2', 'a/b/3', 'b', 'b/1', 'c d/é', 'z&<>'];
  const List = 'listed';
  before(async () => {
    await client.send(new CreateBucketCommand({ Bucket: List }));
    await Promise.all(names.map((Key) => client.send(new PutObjectCommand({ Bucket: List, Key, Body: '' }))));
  });

  it('both versions of ListObjects page through everything with prefix and delimiter', async () => {
    for (const MaxKeys of [1, 2, 3, 1000]) {
      for (const Delimiter of [undefined, '/', 'b']) {
        for (const Prefix of ['', 'a', 'a/', 'none']) {
          const expected = new Set(
            names
              .filter((name) => name.startsWith(Prefix))
              .map((name) => {
                const cut = Delimiter === undefined ? -1 : name.indexOf(Delimiter, Prefix.length);
                return cut < 0 ? name : `${name.slice(0, cut + 1)} (prefix)`;
              }),
          );
          const found: string[] = [];
          let ContinuationToken: string | undefined;
          do {
            const page = await client.send(
              new ListObjectsV2Command({ Bucket: List, MaxKeys, Delimiter, Prefix, ContinuationToken }),
            );
            assert.ok((page.KeyCount ?? 0) <= MaxKeys);
            found.push(...(page.Contents ?? []).map(({ Key }) => Key!));
            found.push(...(page.CommonPrefixes ?? []).map((common) => `${common.Prefix} (prefix)`));
            assert.equal(page.IsTruncated, page.NextContinuationToken !== undefined);
            ContinuationToken = page.NextContinuationToken;
          } while (ContinuationToken !== undefined);
          assert.deepEqual(found.toSorted(), [...expected].toSorted(), `v2 ${MaxKeys} ${Delimiter} ${Prefix}`);
          const foundV1: string[] = [];
          let Marker: string | undefined;
          do {
            const page = await client.send(
              new ListObjectsCommand({ Bucket: List, MaxKeys, Delimiter, Prefix, Marker }),
            );
            foundV1.push(...(page.Contents ?? []).map(({ Key }) => Key!));
            foundV1.push(...(page.CommonPrefixes ?? []).map((common) => `${common.Prefix} (prefix)`));
            Marker = page.IsTruncated ? page.NextMarker : undefined;
          } while (Marker !== undefined);
          assert.deepEqual(foundV1.toSorted(), [...expected].toSorted(), `v1 ${MaxKeys} ${Delimiter} ${Prefix}`);
        }
      }
    }
  });

  it('ListObjectsV2 starts after a key, encodes keys and names the owner when asked', async () => {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: List, StartAfter: 'b/1', EncodingType: 'url', FetchOwner: true }),
    );
    assert.deepEqual(
      page.Contents?.map(({ Key }) => Key),
      ['c%20d/%C3%A9', 'z%26%3C%3E'],
    );
    assert.ok(page.Contents?.every(({ Owner }) => Owner?.ID));
    const none = await client.send(new ListObjectsV2Command({ Bucket: List, MaxKeys: 0 }));
    assert.deepEqual([none.KeyCount, none.IsTruncated], [0, false]);
  });

  it('ListObjectVersions shows the null version of each object', async () => {
    const found: string[] = [];
    let KeyMarker: string | undefined;
    do {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket: List, MaxKeys: 3, KeyMarker }));
      for (const { Key, VersionId, IsLatest } of page.Versions ?? []) {
        assert.deepEqual([VersionId, IsLatest], ['null', true]);
        found.push(Key!);
      }
      KeyMarker = page.NextKeyMarker;
    } while (KeyMarker !== undefined);
    assert.deepEqual(found, names);
  });
});

describe('keys with characters that XML 1.0 forbids', () => {
  const Bucket = 'control';
  const keys = ['a\u0001', 'a\u0001b', 'a\u0002', 'a\u000bz', 'b', 'c\uffff', 'd\r', 'e\n', 'f\t', 'g\u007f\u0085'];
  before(async () => {
    await client.send(new CreateBucketCommand({ Bucket }));
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
  });

  for (const EncodingType of [undefined, 'url'] as const) {
    const decode = (text: string | undefined) =>
      text === undefined || EncodingType === undefined ? text : decodeURIComponent(text);

    it(`keys with control characters are all listed by ListObjects, page by page, with encoding-type ${EncodingType}`, async () => {
      const found: (string | undefined)[] = [];
      let Marker: string | undefined;
      do {
        const page = await client.send(new ListObjectsCommand({ Bucket, MaxKeys: 1, Marker, EncodingType }));
        found.push(...(page.Contents ?? []).map(({ Key }) => decode(Key)));
        assert.ok(found.length <= keys.length, 'no key is listed twice');
        Marker = page.IsTruncated ? decode(page.NextMarker) : undefined;
      } while (Marker !== undefined);
      assert.deepEqual(found, keys);
    });

    it(`keys with control characters are all listed by ListObjectVersions, page by page, with encoding-type ${EncodingType}`, async () => {
      const found: (string | undefined)[] = [];
      let KeyMarker: string | undefined;
      do {
        const page = await client.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1, KeyMarker, EncodingType }));
        found.push(...(page.Versions ?? []).map(({ Key }) => decode(Key)));
        assert.ok(found.length <= keys.length, 'no key is listed twice');
        KeyMarker = decode(page.NextKeyMarker);
      } while (KeyMarker !== undefined);
      assert.deepEqual(found, keys);
    });

    it(`keys with control characters are all listed by ListMultipartUploads, page by page, with encoding-type ${EncodingType}`, async () => {
      const started = await Promise.all(
        keys.map((Key) => client.send(new CreateMultipartUploadCommand({ Bucket, Key }))),
      );
      const found: (string | undefined)[] = [];
      let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
      for (;;) {
        const page = await client.send(
          new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, EncodingType, ...markers }),
        );
        found.push(...(page.Uploads ?? []).map(({ Key }) => decode(Key)));
        assert.ok(found.length <= keys.length, 'no key is listed twice');
        if (page.IsTruncated !== true) break;
        markers = { KeyMarker: decode(page.NextKeyMarker), UploadIdMarker: page.NextUploadIdMarker };
      }
      assert.deepEqual(found, keys);
      for (const { Key, UploadId } of started) {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      }
    });
  }

  it('DeleteObjects cannot name keys with control characters and deletes no other key instead', async () => {
    // The SDK writes the character as it is, or as a reference: neither is XML 1.0.
    const Delete = { Objects: [{ Key: 'a\u0001' }] };
    await refuses('MalformedXML', 400, client.send(new DeleteObjectsCommand({ Bucket, Delete })));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a\u0001' }));
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    assert.equal(Contents?.length, keys.length - 1);
  });
});
