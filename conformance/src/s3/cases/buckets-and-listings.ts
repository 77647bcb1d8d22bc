// CreateBucket, DeleteBucket, HeadBucket, ListBuckets, the listings of objects and uploads, DeleteObjects.
import assert from 'node:assert/strict';
import { elementOf, elementsOf } from '../elements.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import type { World } from '../world.js';
import { md5 } from './samples.js';

const badNames = [
  'ab',
  'a'.repeat(64),
  'Upper',
  'under_score',
  '-start',
  'end-',
  'a..b',
  'foo.-bar',
  'foo-.bar',
  '192.168.5.4',
  'xn--abc',
  'sthree-abc',
  'abc-s3alias',
  'abc--ol-s3',
  'abc.mrap',
  'abc--x-s3',
  'abc--table-s3',
  'amzn-s3-demo-abc',
];

const bucketCases: readonly S3Case[] = [
  does('CreateBucket', '200', 'answers the location, and the bucket is listed', async (world) => {
    const name = world.freshName();
    const answer = await world.ok('PUT', `/${name}`);
    assert.equal(answer.headers.location, `/${name}`);
    assert.ok(elementsOf((await world.ok('GET', '/')).text, 'Name').includes(name));
  }),
  ...badNames.map((name) =>
    answers('CreateBucket', '400 InvalidBucketName', `the name ${name.slice(0, 20)}`, (world) =>
      world.send('PUT', `/${encodeURIComponent(name)}`),
    ),
  ),
  does('CreateBucket', '200', 'again by its owner in us-east-1 keeps bucket and objects', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'key');
    const again = await world.send('PUT', `/${bucket}`);
    assertOutcome(again, world.endpoint.region === 'us-east-1' ? '200' : '409 BucketAlreadyOwnedByYou');
    await world.ok('GET', `/${bucket}/key`);
  }),
  answers('CreateBucket', '400 IllegalLocationConstraintException', 'another region', (world) =>
    world.send('PUT', `/${world.freshName()}`, {
      body: '<CreateBucketConfiguration><LocationConstraint>eu-north-1</LocationConstraint></CreateBucketConfiguration>',
    }),
  ),
  answers('CreateBucket', '400 MalformedXML', 'a body that is no configuration', (world) =>
    world.send('PUT', `/${world.freshName()}`, { body: '<Bucket/>' }),
  ),
  answers('CreateBucket', '400 InvalidArgument', 'an unknown object ownership', (world) =>
    world.send('PUT', `/${world.freshName()}`, { headers: { 'x-amz-object-ownership': 'Nobody' } }),
  ),
  answers(
    'CreateBucket',
    '400 InvalidBucketAclWithObjectOwnership',
    'a public list where the owner owns everything',
    (world) => world.send('PUT', `/${world.freshName()}`, { headers: { 'x-amz-acl': 'public-read' } }),
  ),
  answers('CreateBucket', '400 InvalidBucketAclWithBlockPublicAccessError', 'a public list', (world) =>
    world.send('PUT', `/${world.freshName()}`, {
      headers: { 'x-amz-acl': 'public-read', 'x-amz-object-ownership': 'ObjectWriter' },
    }),
  ),
  answers('CreateBucket', '403 AccessDenied', 'an anonymous caller', (world) =>
    world.send('PUT', `/${world.freshName()}`, { keys: 'none' }),
  ),
  answers('CreateBucket', '403 AccessDenied', 'a caller without s3:CreateBucket', async (world) =>
    world.send('PUT', `/${world.freshName()}`, { keys: await world.denied('s3:CreateBucket') }),
  ),
  answers('CreateBucket', '403 AccessDenied', 'a lock without s3:PutBucketObjectLockConfiguration', async (world) =>
    world.send('PUT', `/${world.freshName()}`, {
      keys: await world.denied('s3:PutBucketObjectLockConfiguration'),
      headers: { 'x-amz-bucket-object-lock-enabled': 'true' },
    }),
  ),
  answers('CreateBucket', '403 AccessDenied', 'an ownership without s3:PutBucketOwnershipControls', async (world) =>
    world.send('PUT', `/${world.freshName()}`, {
      keys: await world.denied('s3:PutBucketOwnershipControls'),
      headers: { 'x-amz-object-ownership': 'ObjectWriter' },
    }),
  ),
  does('CreateBucket', '200', 'with object lock keeps versions', async (world) => {
    const bucket = await world.bucket({ hasLock: true });
    assert.equal(elementOf((await world.ok('GET', `/${bucket}?versioning`)).text, 'Status'), 'Enabled');
  }),
  ...(['key', 'version', 'marker'] as const).map((left) =>
    answers('DeleteBucket', '409 BucketNotEmpty', `a bucket with a ${left}`, async (world) => {
      const bucket = await world.bucket(left === 'key' ? {} : { versioning: 'Enabled' });
      if (left !== 'marker') await world.put(bucket, 'key');
      if (left !== 'key') await world.ok('DELETE', `/${bucket}/key`);
      return world.send('DELETE', `/${bucket}`);
    }),
  ),
  does('DeleteBucket', '204', 'an upload that is not finished ends with the bucket', async (world) => {
    const bucket = await world.bucket();
    await world.upload(bucket, 'key');
    await world.ok('DELETE', `/${bucket}`);
    assertOutcome(await world.send('HEAD', `/${bucket}`), '404');
  }),
  does('HeadBucket', '200', 'names the region', async (world) => {
    const answer = await world.ok('HEAD', `/${await world.bucket()}`);
    assert.equal(answer.headers['x-amz-bucket-region'], world.endpoint.region);
  }),
  does('ListBuckets', '200', 'prefix, max-buckets and continuation-token select and page', async (world) => {
    const prefix = world.freshName();
    for (const end of ['a', 'b', 'c']) await world.ok('PUT', `/${prefix}${end}`);
    const first = (await world.ok('GET', `/?prefix=${prefix}&max-buckets=2`)).text;
    assert.deepEqual(elementsOf(first, 'Name'), [`${prefix}a`, `${prefix}b`]);
    const token = encodeURIComponent(elementOf(first, 'ContinuationToken') ?? '');
    const second = (await world.ok('GET', `/?prefix=${prefix}&max-buckets=2&continuation-token=${token}`)).text;
    assert.deepEqual(elementsOf(second, 'Name'), [`${prefix}c`]);
    assert.equal(elementOf(second, 'ContinuationToken'), undefined);
  }),
  does('ListBuckets', '200', 'bucket-region of another region lists none', async (world) => {
    await world.bucket();
    assert.deepEqual(elementsOf((await world.ok('GET', '/?bucket-region=eu-north-1')).text, 'Name'), []);
  }),
  ...['0', '10001', 'many'].map((limit) =>
    answers('ListBuckets', '400 InvalidArgument', `max-buckets=${limit}`, (world) =>
      world.send('GET', `/?max-buckets=${limit}`),
    ),
  ),
  answers('ListBuckets', '400 InvalidArgument', 'a continuation token that is none', (world) =>
    world.send('GET', '/?continuation-token=%25%25'),
  ),
  answers('ListBuckets', '403 AccessDenied', 'an anonymous caller', (world) =>
    world.send('GET', '/', { keys: 'none' }),
  ),
  answers('ListBuckets', '403 AccessDenied', 'a caller without s3:ListAllMyBuckets', async (world) =>
    world.send('GET', '/', { keys: await world.denied('s3:ListAllMyBuckets') }),
  ),
];

const tree = ['a', 'b/1', 'b/2', 'c/d/1', 'c/e', 'f'];

async function bucketWithTree(world: World): Promise<string> {
  const bucket = await world.bucket();
  await Promise.all(tree.map((key) => world.put(bucket, key, key)));
  return bucket;
}

interface Listing {
  readonly title: string;
  readonly query: string;
  readonly keys: readonly string[];
  readonly prefixes?: readonly string[];
  readonly isTruncated?: true;
}

const common: readonly Listing[] = [
  { title: 'all keys in the order of their bytes', query: '', keys: tree },
  { title: 'a prefix', query: 'prefix=b', keys: ['b/1', 'b/2'] },
  { title: 'a prefix without keys', query: 'prefix=zz', keys: [] },
  { title: 'a delimiter', query: 'delimiter=/', keys: ['a', 'f'], prefixes: ['b/', 'c/'] },
  { title: 'a prefix and a delimiter', query: 'prefix=c/&delimiter=/', keys: ['c/e'], prefixes: ['c/d/'] },
  {
    title: 'a delimiter of several characters',
    query: 'delimiter=/d',
    keys: ['a', 'b/1', 'b/2', 'c/e', 'f'],
    prefixes: ['c/d'],
  },
  { title: 'max-keys=2', query: 'max-keys=2', keys: ['a', 'b/1'], isTruncated: true },
  { title: 'max-keys=0', query: 'max-keys=0', keys: [] },
  {
    title: 'max-keys counts common prefixes',
    query: 'max-keys=2&delimiter=/',
    keys: ['a'],
    prefixes: ['b/'],
    isTruncated: true,
  },
];

const prefixesOf = (text: string) =>
  elementsOf([...text.matchAll(/<CommonPrefixes>.*?<\/CommonPrefixes>/gs)].join(''), 'Prefix');

function listingCase(
  operation: string,
  start: string,
  { title, query, keys, prefixes = [], isTruncated }: Listing,
): S3Case {
  return does(operation, '200', title, async (world) => {
    const bucket = await bucketWithTree(world);
    const { text } = await world.ok('GET', `/${bucket}?${[start, query].filter((one) => one !== '').join('&')}`);
    assert.deepEqual(elementsOf(text, 'Key'), keys);
    assert.deepEqual(prefixesOf(text), prefixes);
    assert.equal(elementOf(text, 'IsTruncated'), String(isTruncated === true));
  });
}

const kinds = [
  ['ListObjects', ''],
  ['ListObjectsV2', 'list-type=2'],
  ['ListObjectVersions', 'versions='],
] as const;

const listingCases: readonly S3Case[] = [
  ...kinds.flatMap(([operation, start]) => [
    ...common.map((listing) => listingCase(operation, start, listing)),
    ...['-1', 'many', '99999999999'].map((limit) =>
      answers(operation, '400 InvalidArgument', `max-keys=${limit}`, async (world) =>
        world.send('GET', `/${await world.bucket()}?${start}&max-keys=${limit}`),
      ),
    ),
    answers(operation, '400 InvalidArgument', 'an unknown encoding', async (world) =>
      world.send('GET', `/${await world.bucket()}?${start}&encoding-type=base64`),
    ),
    does(operation, '200', 'encoding-type=url escapes keys', async (world) => {
      const bucket = await world.bucket();
      await world.put(bucket, 'a%20b%26');
      const { text } = await world.ok('GET', `/${bucket}?${start}&encoding-type=url`);
      assert.deepEqual(elementsOf(text, 'Key'), ['a%20b%26']);
      assert.equal(elementOf(text, 'EncodingType'), 'url');
    }),
    does(operation, '200', 'an entry has size, entity tag, time and storage class', async (world) => {
      const bucket = await world.bucket();
      const { headers } = await world.put(bucket, 'key', 'four');
      const { text } = await world.ok('GET', `/${bucket}?${start}`);
      assert.deepEqual(
        ['Size', 'ETag', 'StorageClass'].map((name) => elementOf(text, name)),
        ['4', headers.etag, 'STANDARD'],
      );
      assert.match(elementOf(text, 'LastModified') ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }),
  ]),
  does('ListObjects', '200', 'marker continues behind a key', async (world) => {
    const { text } = await world.ok('GET', `/${await bucketWithTree(world)}?marker=b/2`);
    assert.deepEqual(elementsOf(text, 'Key'), ['c/d/1', 'c/e', 'f']);
  }),
  does('ListObjects', '200', 'NextMarker behind a common prefix skips it', async (world) => {
    const bucket = await bucketWithTree(world);
    const { text } = await world.ok('GET', `/${bucket}?delimiter=/&max-keys=2`);
    const marker = elementOf(text, 'NextMarker') ?? '';
    const next = await world.ok('GET', `/${bucket}?delimiter=/&marker=${marker}`);
    assert.deepEqual([elementsOf(next.text, 'Key'), prefixesOf(next.text)], [['f'], ['c/']]);
  }),
  does('ListObjectsV2', '200', 'start-after begins behind a key', async (world) => {
    const { text } = await world.ok('GET', `/${await bucketWithTree(world)}?list-type=2&start-after=b/2`);
    assert.deepEqual(elementsOf(text, 'Key'), ['c/d/1', 'c/e', 'f']);
    assert.equal(elementOf(text, 'KeyCount'), '3');
  }),
  does('ListObjectsV2', '200', 'pages of one entry give every key once', async (world) => {
    const bucket = await bucketWithTree(world);
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const more = token === undefined ? '' : `&continuation-token=${encodeURIComponent(token)}`;
      const { text } = await world.ok('GET', `/${bucket}?list-type=2&max-keys=1${more}`);
      seen.push(...elementsOf(text, 'Key'));
      token = elementOf(text, 'NextContinuationToken');
    } while (token !== undefined);
    assert.deepEqual(seen, tree);
  }),
  answers('ListObjectsV2', '400 InvalidArgument', 'a continuation token that is none', async (world) =>
    world.send('GET', `/${await world.bucket()}?list-type=2&continuation-token=%25`),
  ),
  ...(['true', 'false'] as const).map((value) =>
    does('ListObjectsV2', '200', `fetch-owner=${value}`, async (world) => {
      const { text } = await world.ok('GET', `/${await bucketWithTree(world)}?list-type=2&fetch-owner=${value}`);
      assert.equal(text.includes('<Owner>'), value === 'true');
    }),
  ),
  answers('ListObjectsV2', '501 NotImplemented', 'list-type=3', async (world) =>
    world.send('GET', `/${await world.bucket()}?list-type=3`),
  ),
  answers('ListObjectVersions', '400 InvalidArgument', 'a version marker without a key marker', async (world) =>
    world.send('GET', `/${await world.bucket()}?versions&version-id-marker=null`),
  ),
  answers('ListObjectVersions', '400 InvalidArgument', 'a version marker that is no version id', async (world) =>
    world.send('GET', `/${await world.bucket()}?versions&key-marker=a&version-id-marker=abc`),
  ),
  does('ListMultipartUploads', '200', 'prefix, delimiter and pages', async (world) => {
    const bucket = await world.bucket();
    for (const key of ['a', 'b/1', 'b/2']) await world.upload(bucket, key);
    const byPrefix = await world.ok('GET', `/${bucket}?uploads&prefix=b`);
    assert.deepEqual(elementsOf(byPrefix.text, 'Key'), ['b/1', 'b/2']);
    const folders = await world.ok('GET', `/${bucket}?uploads&delimiter=/`);
    assert.deepEqual([elementsOf(folders.text, 'Key'), prefixesOf(folders.text)], [['a'], ['b/']]);
    const page = await world.ok('GET', `/${bucket}?uploads&max-uploads=1`);
    assert.equal(elementOf(page.text, 'IsTruncated'), 'true');
    const marker = `key-marker=${elementOf(page.text, 'NextKeyMarker')}&upload-id-marker=${elementOf(page.text, 'NextUploadIdMarker')}`;
    const rest = await world.ok('GET', `/${bucket}?uploads&${marker}`);
    assert.deepEqual(elementsOf(rest.text, 'Key'), ['b/1', 'b/2']);
  }),
  answers('ListMultipartUploads', '400 InvalidArgument', 'max-uploads=-1', async (world) =>
    world.send('GET', `/${await world.bucket()}?uploads&max-uploads=-1`),
  ),
];

const deletion = (...objects: readonly string[]) =>
  `<Delete>${objects.map((one) => `<Object>${one}</Object>`).join('')}</Delete>`;
const deleteMany = (world: World, bucket: string, body: string) =>
  world.send('POST', `/${bucket}?delete`, { body, headers: { 'content-md5': md5(body) } });

const deleteManyCases: readonly S3Case[] = [
  does('DeleteObjects', '200', 'deletes keys, existing or not, and names them', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'a');
    const { text } = await deleteMany(world, bucket, deletion('<Key>a</Key>', '<Key>none</Key>'));
    assert.deepEqual(elementsOf(text, 'Key'), ['a', 'none']);
    assertOutcome(await world.send('HEAD', `/${bucket}/a`), '404');
  }),
  does('DeleteObjects', '200', 'quiet mode names errors only', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'a');
    const body = deletion('<Key>a</Key>', '<Key>b</Key><VersionId>abc</VersionId>').replace(
      '<Delete>',
      '<Delete><Quiet>true</Quiet>',
    );
    const { text } = await deleteMany(world, bucket, body);
    assert.deepEqual([elementsOf(text, 'Key'), elementOf(text, 'Code')], [['b'], 'NoSuchVersion']);
  }),
  ...(
    [
      ['<ETag>"abc"</ETag>', 'PreconditionFailed'],
      ['<Size>1</Size>', 'PreconditionFailed'],
      ['<LastModifiedTime>2001-01-01T00:00:00Z</LastModifiedTime>', 'PreconditionFailed'],
      ['<Size>many</Size>', 'InvalidArgument'],
    ] as const
  ).map(([condition, code]) =>
    does('DeleteObjects', `200 ${code}`, `the condition ${condition} keeps the object`, async (world) => {
      const bucket = await world.bucket();
      await world.put(bucket, 'a');
      const { text } = await deleteMany(world, bucket, deletion(`<Key>a</Key>${condition}`));
      assert.equal(elementOf(text, 'Code'), code);
      await world.ok('HEAD', `/${bucket}/a`);
    }),
  ),
  answers('DeleteObjects', '400 InvalidRequest', 'neither Content-MD5 nor a checksum', async (world) =>
    world.send('POST', `/${await world.bucket()}?delete`, { body: deletion('<Key>a</Key>') }),
  ),
  ...(
    [
      ['no keys', '<Delete></Delete>'],
      ['an empty key', deletion('<Key></Key>')],
      ['1,001 keys', deletion(...Array.from({ length: 1001 }, (_, at) => `<Key>${at}</Key>`))],
    ] as const
  ).map(([title, body]) =>
    answers('DeleteObjects', '400 MalformedXML', title, async (world) => deleteMany(world, await world.bucket(), body)),
  ),
  does('DeleteObjects', '200', '1,000 keys', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, '999');
    const body = deletion(...Array.from({ length: 1000 }, (_, at) => `<Key>${at}</Key>`));
    assert.equal(elementsOf((await deleteMany(world, bucket, body)).text, 'Key').length, 1000);
    assertOutcome(await world.send('HEAD', `/${bucket}/999`), '404');
  }),
];

export const bucketAndListingCases: readonly S3Case[] = [...bucketCases, ...listingCases, ...deleteManyCases];
