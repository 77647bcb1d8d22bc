// The operations of multipart uploads, GetObjectAttributes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { elementOf, elementsOf } from '../elements.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import { checksumsOfText } from './objects.js';
import { completion } from './samples.js';
import { past, source, uploaded } from './stored-sources.js';

const MiB = 1024 * 1024;
const noUpload = '0'.repeat(32);

const composite = (etags: readonly string[]): string => {
  const hash = createHash('md5');
  for (const etag of etags) hash.update(Buffer.from(etag.replaceAll('"', ''), 'hex'));
  return `"${hash.digest('hex')}-${etags.length}"`;
};

const onUnknownUpload: readonly (readonly [string, string, string, string?])[] = [
  ['UploadPart', 'PUT', 'partNumber=1&'],
  ['ListParts', 'GET', ''],
  ['AbortMultipartUpload', 'DELETE', ''],
  ['CompleteMultipartUpload', 'POST', '', completion(['"a"'])],
];

export const uploadCases: readonly S3Case[] = [
  does('CompleteMultipartUpload', '200', 'joins the parts; the entity tag is that of the parts', async (world) => {
    const { path, etags, complete } = await uploaded(world, [5 * MiB, 3]);
    const answer = assertOutcome(await complete(), '200');
    assert.equal(elementOf(answer.text, 'ETag'), composite(etags));
    const read = await world.ok('GET', path, { headers: { range: `bytes=${5 * MiB - 1}-` } });
    assert.deepEqual([...read.body], [1, 2, 2, 2]);
    const part = await world.ok('GET', `${path}?partNumber=2`);
    assert.deepEqual([part.status, part.headers['x-amz-mp-parts-count'], [...part.body]], [206, '2', [2, 2, 2]]);
  }),
  does('CompleteMultipartUpload', '200', 'again with the same parts gets the same answer', async (world) => {
    const { complete } = await uploaded(world, [1]);
    assert.equal((await complete()).text, (await complete()).text);
  }),
  does('CompleteMultipartUpload', '200', 'a part that is not chosen is left out', async (world) => {
    const { path, complete, etags } = await uploaded(world, [5 * MiB, 4]);
    const body = `<CompleteMultipartUpload><Part><PartNumber>2</PartNumber><ETag>${etags[1]}</ETag></Part></CompleteMultipartUpload>`;
    assertOutcome(await complete(body), '200');
    assert.equal((await world.ok('GET', path)).body.length, 4);
  }),
  does(
    'CompleteMultipartUpload',
    '400 EntityTooSmall',
    'a part below 5 MiB that is not the last keeps the upload',
    async (world) => {
      const { bucket, id, complete } = await uploaded(world, [5 * MiB - 1, 1]);
      assertOutcome(await complete(), '400 EntityTooSmall');
      await world.ok('GET', `/${bucket}/key?uploadId=${id}`);
    },
  ),
  answers(
    'CompleteMultipartUpload',
    '400 InvalidPart',
    'an entity tag that is not the one of the part',
    async (world) => (await uploaded(world, [1])).complete(completion(['"00000000000000000000000000000000"'])),
  ),
  answers('CompleteMultipartUpload', '400 InvalidPart', 'a part that was not uploaded', async (world) => {
    const { complete, etags } = await uploaded(world, [5 * MiB]);
    return complete(completion([...etags, ...etags]));
  }),
  answers('CompleteMultipartUpload', '400 InvalidPartOrder', 'parts in another order', async (world) => {
    const { complete, etags } = await uploaded(world, [5 * MiB, 1]);
    const part = (n: number) => `<Part><PartNumber>${n}</PartNumber><ETag>${etags[n - 1]}</ETag></Part>`;
    return complete(`<CompleteMultipartUpload>${part(2)}${part(1)}</CompleteMultipartUpload>`);
  }),
  answers('CompleteMultipartUpload', '400 MalformedXML', 'no parts', async (world) =>
    (await uploaded(world, [1])).complete('<CompleteMultipartUpload/>'),
  ),
  answers('CompleteMultipartUpload', '400 InvalidRequest', 'x-amz-mp-object-size of another size', async (world) =>
    (await uploaded(world, [1])).complete(undefined, { 'x-amz-mp-object-size': '2' }),
  ),
  answers(
    'CompleteMultipartUpload',
    '412 PreconditionFailed',
    'If-None-Match: * where the key exists',
    async (world) => {
      const { bucket, complete } = await uploaded(world, [1]);
      await world.put(bucket, 'key');
      return complete(undefined, { 'if-none-match': '*' });
    },
  ),
  answers('CompleteMultipartUpload', '404 NoSuchKey', 'If-Match without an object', async (world) =>
    (await uploaded(world, [1])).complete(undefined, { 'if-match': '"a"' }),
  ),
  does('CompleteMultipartUpload', '200', 'a bucket with versions answers the version', async (world) => {
    const bucket = await world.bucket({ versioning: 'Enabled' });
    const id = await world.upload(bucket, 'key');
    const { headers } = await world.part(bucket, 'key', id, 1);
    const answer = await world.ok('POST', `/${bucket}/key?uploadId=${id}`, { body: completion([headers.etag ?? '']) });
    const version = String(answer.headers['x-amz-version-id']);
    await world.ok('GET', `/${bucket}/key?versionId=${version}`);
  }),
  ...['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'].flatMap((algorithm) => {
    const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
    const canBeFull = algorithm.startsWith('CRC');
    const types =
      algorithm === 'CRC64NVME' ? ['FULL_OBJECT'] : canBeFull ? ['COMPOSITE', 'FULL_OBJECT'] : ['COMPOSITE'];
    const create = (type: string) => ({ 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type });
    return [
      ...types.map((type) =>
        does(
          'CompleteMultipartUpload',
          '200',
          `${algorithm} ${type} equals that of an object stored at once`,
          async (world) => {
            const { bucket, path, complete } = await uploaded(world, [5 * MiB, 3], create(type));
            const { text } = assertOutcome(await complete(), '200');
            const value = elementOf(text, `Checksum${algorithm}`) ?? '';
            assert.equal(elementOf(text, 'ChecksumType'), type);
            const { headers } = await world.ok('HEAD', path, { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
            assert.equal(headers[header], value);
            if (type === 'COMPOSITE') return assert.match(value, /^[A-Za-z0-9+/]+=*-2$/);
            const whole = Buffer.concat([Buffer.alloc(5 * MiB, 1), Buffer.alloc(3, 2)]);
            await world.put(bucket, 'whole', whole, { [header]: value });
          },
        ),
      ),
      ...(types.length === 2
        ? []
        : [
            answers(
              'CreateMultipartUpload',
              '400 InvalidRequest',
              `${algorithm} with the other checksum type`,
              async (world) =>
                world.send('POST', `/${await world.bucket()}/key?uploads`, {
                  headers: create(canBeFull ? 'COMPOSITE' : 'FULL_OBJECT'),
                }),
            ),
          ]),
      answers(
        'UploadPart',
        '400 InvalidRequest',
        `another algorithm than ${algorithm}, which the upload names`,
        async (world) => {
          const bucket = await world.bucket();
          const id = await world.upload(bucket, 'key', { 'x-amz-checksum-algorithm': algorithm });
          const other = algorithm === 'CRC32' ? 'sha1' : 'crc32';
          return world.send('PUT', `/${bucket}/key?partNumber=1&uploadId=${id}`, {
            body: 'The quick brown fox jumps over the lazy dog',
            headers: { [`x-amz-checksum-${other}`]: checksumsOfText[other] ?? '' },
          });
        },
      ),
    ];
  }),
  ...onUnknownUpload.flatMap(([operation, method, query, body]) =>
    [noUpload, 'abc'].map((id) =>
      answers(
        operation,
        '404 NoSuchUpload',
        id === 'abc' ? 'an upload id that is none' : 'an upload that does not exist',
        async (world) =>
          world.send(method, `/${await world.bucket()}/key?${query}uploadId=${id}`, body === undefined ? {} : { body }),
      ),
    ),
  ),
  ...['0', '10001', 'one', ''].map((number) =>
    answers('UploadPart', '400 InvalidArgument', `partNumber=${number}`, async (world) => {
      const bucket = await world.bucket();
      return world.send('PUT', `/${bucket}/key?partNumber=${number}&uploadId=${await world.upload(bucket, 'key')}`);
    }),
  ),
  does('UploadPart', '200', 'the same number again replaces the part', async (world) => {
    const { bucket, path, id } = await uploaded(world, [4]);
    const { headers } = await world.part(bucket, 'key', id, 1, 'new');
    await world.ok('POST', `${path}?uploadId=${id}`, { body: completion([headers.etag ?? '']) });
    assert.equal((await world.ok('GET', path)).text, 'new');
  }),
  answers('UploadPart', '400 BadDigest', 'Content-MD5 of another part', async (world) => {
    const { path, id } = await uploaded(world, []);
    const headers = { 'content-md5': createHash('md5').digest('base64') };
    return world.send('PUT', `${path}?partNumber=1&uploadId=${id}`, { body: 'part', headers });
  }),
  does('AbortMultipartUpload', '204', 'the upload is gone', async (world) => {
    const { path, id } = await uploaded(world, [4]);
    await world.ok('DELETE', `${path}?uploadId=${id}`);
    assertOutcome(await world.send('GET', `${path}?uploadId=${id}`), '404 NoSuchUpload');
  }),
  answers(
    'AbortMultipartUpload',
    '412 PreconditionFailed',
    'x-amz-if-match-initiated-time of another time',
    async (world) => {
      const { path, id } = await uploaded(world, []);
      return world.send('DELETE', `${path}?uploadId=${id}`, { headers: { 'x-amz-if-match-initiated-time': past } });
    },
  ),
  does('ListParts', '200', 'pages of parts', async (world) => {
    const { path, id, etags } = await uploaded(world, [1, 2, 3]);
    const first = (await world.ok('GET', `${path}?uploadId=${id}&max-parts=2`)).text;
    assert.deepEqual([elementsOf(first, 'PartNumber'), elementOf(first, 'IsTruncated')], [['1', '2'], 'true']);
    const marker = elementOf(first, 'NextPartNumberMarker');
    const rest = (await world.ok('GET', `${path}?uploadId=${id}&part-number-marker=${marker}`)).text;
    assert.deepEqual([elementsOf(rest, 'ETag'), elementOf(rest, 'Size')], [[etags[2]], '3']);
  }),
  ...['max-parts', 'part-number-marker'].map((name) =>
    answers('ListParts', '400 InvalidArgument', `${name}=many`, async (world) => {
      const { path, id } = await uploaded(world, []);
      return world.send('GET', `${path}?uploadId=${id}&${name}=many`);
    }),
  ),
  does('UploadPartCopy', '200', 'copies a range', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'source', '0123456789');
    const id = await world.upload(bucket, 'key');
    const headers = { 'x-amz-copy-source': `${bucket}/source`, 'x-amz-copy-source-range': 'bytes=2-4' };
    const { text } = await world.ok('PUT', `/${bucket}/key?partNumber=1&uploadId=${id}`, { headers });
    await world.ok('POST', `/${bucket}/key?uploadId=${id}`, { body: completion([elementOf(text, 'ETag') ?? '']) });
    assert.equal((await world.ok('GET', `/${bucket}/key`)).text, '234');
  }),
  ...(
    [
      ['beyond the end', { 'x-amz-copy-source-range': 'bytes=0-100' }, '400 InvalidArgument'],
      ['without an end', { 'x-amz-copy-source-range': 'bytes=0-' }, '400 InvalidArgument'],
      ['with its end before its begin', { 'x-amz-copy-source-range': 'bytes=4-2' }, '400 InvalidArgument'],
      ['of a source that does not exist', { 'x-amz-copy-source': 'S/none' }, '404 NoSuchKey'],
      ['under a condition that fails', { 'x-amz-copy-source-if-match': '"a"' }, '412 PreconditionFailed'],
      [
        'of a version that does not exist',
        { 'x-amz-copy-source': 'S/source?versionId=AAAAAAAAAAAAAAAAAAAAAA' },
        '404 NoSuchVersion',
      ],
    ] as const
  ).map(([title, headers, outcome]) =>
    answers('UploadPartCopy', outcome, `a range ${title}`, async (world) => {
      const { bucket } = await source(world);
      const id = await world.upload(bucket, 'key');
      const stated = Object.entries(headers).map(([name, value]) => [name, value.replace('S/', `${bucket}/`)]);
      const all = { 'x-amz-copy-source': `${bucket}/source`, ...Object.fromEntries(stated) };
      return world.send('PUT', `/${bucket}/key?partNumber=1&uploadId=${id}`, { headers: all });
    }),
  ),
  answers('UploadPartCopy', '400 InvalidRequest', 'a delete marker as source', async (world) => {
    const bucket = await world.bucket({ versioning: 'Enabled' });
    await world.put(bucket, 'source');
    const { headers: deleted } = await world.ok('DELETE', `/${bucket}/source`);
    const id = await world.upload(bucket, 'key');
    const headers = { 'x-amz-copy-source': `${bucket}/source?versionId=${deleted['x-amz-version-id']}` };
    return world.send('PUT', `/${bucket}/key?partNumber=1&uploadId=${id}`, { headers });
  }),
  answers('UploadPartCopy', '404 NoSuchUpload', 'an upload that does not exist', async (world) => {
    const { bucket } = await source(world);
    const headers = { 'x-amz-copy-source': `${bucket}/source` };
    return world.send('PUT', `/${bucket}/key?partNumber=1&uploadId=${noUpload}`, { headers });
  }),
  answers('CreateMultipartUpload', '400 InvalidRequest', 'an unknown checksum algorithm', async (world) =>
    world.send('POST', `/${await world.bucket()}/key?uploads`, { headers: { 'x-amz-checksum-algorithm': 'MD4' } }),
  ),
  answers('CreateMultipartUpload', '400 InvalidRedirectLocation', 'a redirect to no address', async (world) =>
    world.send('POST', `/${await world.bucket()}/key?uploads`, {
      headers: { 'x-amz-website-redirect-location': 'elsewhere' },
    }),
  ),
  answers('CreateMultipartUpload', '400 InvalidStorageClass', 'an unknown storage class', async (world) =>
    world.send('POST', `/${await world.bucket()}/key?uploads`, { headers: { 'x-amz-storage-class': 'ATTIC' } }),
  ),
  does('CreateMultipartUpload', '200', 'the object gets what the upload states', async (world) => {
    const { path, complete } = await uploaded(world, [1], {
      'content-type': 'a/b',
      'x-amz-meta-a': 'b',
      'x-amz-tagging': 't=v',
      'x-amz-website-redirect-location': '/a',
    });
    await complete();
    const { headers } = await world.ok('HEAD', path);
    assert.deepEqual(
      [
        headers['content-type'],
        headers['x-amz-meta-a'],
        headers['x-amz-tagging-count'],
        headers['x-amz-website-redirect-location'],
      ],
      ['a/b', 'b', '1', '/a'],
    );
  }),
  does('GetObjectAttributes', '200', 'all attributes of an object in parts', async (world) => {
    const { path, complete, etags } = await uploaded(world, [5 * MiB, 2], { 'x-amz-checksum-algorithm': 'SHA256' });
    await complete();
    const headers = { 'x-amz-object-attributes': 'ETag,Checksum,ObjectParts,StorageClass,ObjectSize' };
    const { text } = await world.ok('GET', `${path}?attributes`, { headers });
    assert.equal(`"${elementOf(text, 'ETag')}"`, composite(etags));
    assert.deepEqual(
      ['ObjectSize', 'StorageClass', 'PartsCount', 'ChecksumType'].map((name) => elementOf(text, name)),
      [String(5 * MiB + 2), 'STANDARD', '2', 'COMPOSITE'],
    );
  }),
  answers('GetObjectAttributes', '400 InvalidArgument', 'an attribute that does not exist', async (world) =>
    world.send('GET', `/${(await source(world)).bucket}/source?attributes`, {
      headers: { 'x-amz-object-attributes': 'Colour' },
    }),
  ),
  answers('GetObjectAttributes', '400 InvalidArgument', 'no attributes', async (world) =>
    world.send('GET', `/${(await source(world)).bucket}/source?attributes`),
  ),
  answers('GetObjectAttributes', '404 NoSuchKey', 'the key does not exist', async (world) =>
    world.send('GET', `/${await world.bucket()}/none?attributes`, { headers: { 'x-amz-object-attributes': 'ETag' } }),
  ),
];
