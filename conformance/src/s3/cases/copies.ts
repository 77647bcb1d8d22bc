// CopyObject.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { elementOf, elementsOf } from '../elements.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import type { World } from '../world.js';
import { past, source, uploaded } from './stored-sources.js';

const MiB = 1024 * 1024;

const copy = async (world: World, bucket: string, headers: Record<string, string>, key = 'copy') =>
  world.send('PUT', `/${bucket}/${key}`, { headers: { 'x-amz-copy-source': `${bucket}/source`, ...headers } });

const future = 'Fri, 01 Jan 2100 00:00:00 GMT';
const sourceConditions: readonly (readonly [string, string, string])[] = [
  ['if-match', 'E', '200'],
  ['if-match', '"a"', '412 PreconditionFailed'],
  ['if-none-match', 'E', '412 PreconditionFailed'],
  ['if-none-match', '"a"', '200'],
  ['if-modified-since', past, '200'],
  ['if-modified-since', future, '412 PreconditionFailed'],
  ['if-unmodified-since', past, '412 PreconditionFailed'],
  ['if-unmodified-since', future, '200'],
  ['if-modified-since', 'soon', '400 InvalidArgument'],
];

export const copyCases: readonly S3Case[] = [
  does('CopyObject', '200', 'copies content, description, metadata and tags', async (world) => {
    const { bucket, etag } = await source(world);
    const answer = assertOutcome(await copy(world, bucket, {}), '200');
    assert.equal(elementOf(answer.text, 'ETag'), etag);
    const read = await world.ok('GET', `/${bucket}/copy`);
    assert.deepEqual(
      [read.text, read.headers['content-type'], read.headers['x-amz-meta-a'], read.headers['x-amz-tagging-count']],
      ['content', 'text/plain', 'b', '1'],
    );
  }),
  does(
    'CopyObject',
    '200',
    'REPLACE takes description and metadata of the request, and keeps the tags',
    async (world) => {
      const { bucket } = await source(world);
      await copy(world, bucket, { 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-c': 'd', 'content-type': 'a/b' });
      const { headers } = await world.ok('HEAD', `/${bucket}/copy`);
      assert.deepEqual(
        [headers['x-amz-meta-a'], headers['x-amz-meta-c'], headers['content-type'], headers['x-amz-tagging-count']],
        [undefined, 'd', 'a/b', '1'],
      );
    },
  ),
  does('CopyObject', '200', 'the tagging directive REPLACE takes the tags of the request', async (world) => {
    const { bucket } = await source(world);
    await copy(world, bucket, { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'x=y' });
    assert.deepEqual(elementsOf((await world.ok('GET', `/${bucket}/copy?tagging`)).text, 'Key'), ['x']);
  }),
  does('CopyObject', '200', 'from a version', async (world) => {
    const bucket = await world.bucket({ versioning: 'Enabled' });
    const { headers } = await world.put(bucket, 'source', 'one');
    await world.put(bucket, 'source', 'two');
    const id = String(headers['x-amz-version-id']);
    const answer = await copy(world, bucket, { 'x-amz-copy-source': `/${bucket}/source?versionId=${id}` });
    assert.equal(assertOutcome(answer, '200').headers['x-amz-copy-source-version-id'], id);
    assert.equal((await world.ok('GET', `/${bucket}/copy`)).text, 'one');
  }),
  does('CopyObject', '200', 'between buckets', async (world) => {
    const [{ bucket }, target] = [await source(world), await world.bucket()];
    await world.ok('PUT', `/${target}/copy`, { headers: { 'x-amz-copy-source': `${bucket}/source` } });
    await world.ok('DELETE', `/${bucket}/source`);
    assert.equal((await world.ok('GET', `/${target}/copy`)).text, 'content');
  }),
  does('CopyObject', '200', 'of an object in parts is one piece with the MD5 of its bytes', async (world) => {
    const { bucket, complete } = await uploaded(world, [5 * MiB, 3], { 'x-amz-checksum-algorithm': 'SHA256' });
    await complete();
    const { text } = assertOutcome(await copy(world, bucket, { 'x-amz-copy-source': `${bucket}/key` }), '200');
    const whole = Buffer.concat([Buffer.alloc(5 * MiB, 1), Buffer.alloc(3, 2)]);
    assert.equal(elementOf(text, 'ETag'), `"${createHash('md5').update(whole).digest('hex')}"`);
    const sha256 = createHash('sha256').update(whole).digest('base64');
    assert.equal(elementOf(text, 'ChecksumSHA256'), sha256);
    const { headers } = await world.ok('HEAD', `/${bucket}/copy`, { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
    assert.deepEqual([headers['x-amz-checksum-sha256'], headers['x-amz-checksum-type']], [sha256, 'FULL_OBJECT']);
  }),
  does('CopyObject', '200', 'computes the checksum that the request names', async (world) => {
    const { bucket } = await source(world);
    const { text } = assertOutcome(await copy(world, bucket, { 'x-amz-checksum-algorithm': 'SHA1' }), '200');
    assert.equal(elementOf(text, 'ChecksumSHA1'), createHash('sha1').update('content').digest('base64'));
  }),
  answers('CopyObject', '400 InvalidRequest', 'an unknown checksum algorithm', async (world) =>
    copy(world, (await source(world)).bucket, { 'x-amz-checksum-algorithm': 'MD4' }),
  ),
  does('CopyObject', '200', 'onto itself with REPLACE changes the metadata', async (world) => {
    const { bucket } = await source(world);
    assertOutcome(await copy(world, bucket, { 'x-amz-metadata-directive': 'REPLACE' }, 'source'), '200');
    assert.equal((await world.ok('HEAD', `/${bucket}/source`)).headers['x-amz-meta-a'], undefined);
  }),
  answers('CopyObject', '400 InvalidRequest', 'onto itself without a change', async (world) =>
    copy(world, (await source(world)).bucket, {}, 'source'),
  ),
  ...[
    'x-amz-storage-class: STANDARD',
    'x-amz-server-side-encryption: AES256',
    'x-amz-website-redirect-location: /a',
  ].map((row) =>
    answers('CopyObject', '200', `onto itself with ${row}`, async (world) => {
      const [name = '', value = ''] = row.split(': ');
      return copy(world, (await source(world)).bucket, { [name]: value }, 'source');
    }),
  ),
  does('CopyObject', '200', 'has the website redirect of the request, and not of its source', async (world) => {
    const { bucket } = await source(world, { 'x-amz-website-redirect-location': '/a' });
    const redirect = async () => (await world.ok('HEAD', `/${bucket}/copy`)).headers['x-amz-website-redirect-location'];
    assertOutcome(await copy(world, bucket, {}), '200');
    assert.equal(await redirect(), undefined);
    assertOutcome(await copy(world, bucket, { 'x-amz-website-redirect-location': '/b' }), '200');
    assert.equal(await redirect(), '/b');
  }),
  answers('CopyObject', '400 InvalidRedirectLocation', 'a redirect to no address', async (world) =>
    copy(world, (await source(world)).bucket, { 'x-amz-website-redirect-location': 'elsewhere' }),
  ),
  ...['bucket', '/', 'bucket/', ''].map((text) =>
    answers('CopyObject', '400 InvalidArgument', `the source "${text}"`, async (world) =>
      copy(world, (await source(world)).bucket, { 'x-amz-copy-source': text }),
    ),
  ),
  answers('CopyObject', '404 NoSuchKey', 'a source that does not exist', async (world) => {
    const bucket = await world.bucket();
    return copy(world, bucket, {});
  }),
  answers('CopyObject', '404 NoSuchBucket', 'a source bucket that does not exist', async (world) =>
    copy(world, await world.bucket(), { 'x-amz-copy-source': `${world.freshName()}/key` }),
  ),
  answers('CopyObject', '404 NoSuchVersion', 'a source version that does not exist', async (world) => {
    const { bucket } = await source(world);
    return copy(world, bucket, { 'x-amz-copy-source': `${bucket}/source?versionId=AAAAAAAAAAAAAAAAAAAAAA` });
  }),
  answers('CopyObject', '400 InvalidRequest', 'a delete marker as source', async (world) => {
    const bucket = await world.bucket({ versioning: 'Enabled' });
    await world.put(bucket, 'source');
    const { headers } = await world.ok('DELETE', `/${bucket}/source`);
    return copy(world, bucket, { 'x-amz-copy-source': `${bucket}/source?versionId=${headers['x-amz-version-id']}` });
  }),
  ...['x-amz-metadata-directive', 'x-amz-tagging-directive'].map((name) =>
    answers('CopyObject', '400 InvalidArgument', `${name}: MERGE`, async (world) =>
      copy(world, (await source(world)).bucket, { [name]: 'MERGE' }),
    ),
  ),
  ...sourceConditions.map(([name, value, outcome]) =>
    does('CopyObject', outcome, `x-amz-copy-source-${name}: ${value.replace('E', 'the entity tag')}`, async (world) => {
      const { bucket, etag } = await source(world);
      const answer = await copy(world, bucket, { [`x-amz-copy-source-${name}`]: value === 'E' ? etag : value });
      assertOutcome(answer, outcome);
      assertOutcome(await world.send('HEAD', `/${bucket}/copy`), outcome === '200' ? '200' : '404');
    }),
  ),
  answers('CopyObject', '412 PreconditionFailed', 'If-None-Match: * where the target exists', async (world) => {
    const { bucket } = await source(world);
    await world.put(bucket, 'copy');
    return copy(world, bucket, { 'if-none-match': '*' });
  }),
  answers('CopyObject', '403 AccessDenied', 'x-amz-source-expected-bucket-owner of another owner', async (world) =>
    copy(world, (await source(world)).bucket, { 'x-amz-source-expected-bucket-owner': '123456789012' }),
  ),
  ...['s3:GetObjectTagging', 's3:PutObjectTagging'].map((action) =>
    does('CopyObject', '403 AccessDenied', `tags by a caller who may not ${action}`, async (world) => {
      const { bucket } = await source(world);
      const isRead = action === 's3:GetObjectTagging';
      const headers = {
        'x-amz-copy-source': `${bucket}/source`,
        ...(isRead ? {} : { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'x=y' }),
      };
      const keys = await world.denied(action);
      assertOutcome(await world.send('PUT', `/${bucket}/copy`, { headers, keys }), '403 AccessDenied');
      if (!isRead) return;
      const replacing = { ...headers, 'x-amz-tagging-directive': 'REPLACE' };
      assertOutcome(await world.send('PUT', `/${bucket}/copy`, { headers: replacing, keys }), '200');
    }),
  ),
  answers('CopyObject', '403 AccessDenied', 'a caller who may not read the source', async (world) => {
    const { bucket } = await source(world);
    const headers = { 'x-amz-copy-source': `${bucket}/source` };
    return world.send('PUT', `/${bucket}/copy`, { headers, keys: await world.denied('s3:GetObject') });
  }),
];
