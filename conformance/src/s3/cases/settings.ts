// The configurations of buckets: CORS, lifecycle, tags, websites, encryption, ownership, reports.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { elementOf, elementsOf } from '../elements.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import type { World } from '../world.js';
import { documents } from './samples.js';

const putDocument = async (world: World, query: string, body: string) =>
  world.send('PUT', `/${await world.bucket()}?${query}`, { body });

/** Documents that the schema allows and the rules of the operation do not, and documents that the schema refuses. */
function refusals(
  operation: string,
  query: string,
  rows: readonly (readonly [string, string, string])[],
): readonly S3Case[] {
  return rows.map(([title, outcome, body]) =>
    answers(operation, outcome, title, (world) => putDocument(world, query, body)),
  );
}

const corsRule = (content: string) => `<CORSConfiguration><CORSRule>${content}</CORSRule></CORSConfiguration>`;
const [anyOrigin, get] = ['<AllowedOrigin>*</AllowedOrigin>', '<AllowedMethod>GET</AllowedMethod>'];

interface Preflight {
  readonly title: string;
  readonly origin: string;
  readonly method: string;
  readonly headers?: string;
  readonly outcome: string;
}
const preflights: readonly Preflight[] = [
  { title: 'an allowed origin and method', origin: 'https://a.example.com', method: 'PUT', outcome: '200' },
  { title: 'another origin', origin: 'https://b.test', method: 'PUT', outcome: '403 AccessForbidden' },
  { title: 'another method', origin: 'https://a.example.com', method: 'DELETE', outcome: '403 AccessForbidden' },
  {
    title: 'allowed headers',
    origin: 'https://a.example.com',
    method: 'PUT',
    headers: 'X-Amz-Meta-B, content-type',
    outcome: '200',
  },
  {
    title: 'another header',
    origin: 'https://a.example.com',
    method: 'PUT',
    headers: 'x-other',
    outcome: '403 AccessForbidden',
  },
];
const exampleRule = corsRule(
  '<AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader><ExposeHeader>etag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds>',
);

const corsCases: readonly S3Case[] = [
  ...refusals('PutBucketCors', 'cors', [
    ['no rules', '400 MalformedXML', '<CORSConfiguration/>'],
    ['a rule without origins', '400 MalformedXML', corsRule(get)],
    ['a rule without methods', '400 MalformedXML', corsRule(anyOrigin)],
    ['an unknown method', '400 InvalidRequest', corsRule(`${anyOrigin}<AllowedMethod>PATCH</AllowedMethod>`)],
    [
      'an origin with two wildcards',
      '400 InvalidRequest',
      corsRule(`${get}<AllowedOrigin>http://*.a.*</AllowedOrigin>`),
    ],
    [
      'an exposed header with a wildcard',
      '400 InvalidRequest',
      corsRule(`${anyOrigin}${get}<ExposeHeader>x-*</ExposeHeader>`),
    ],
    ['an age that is no number', '400 MalformedXML', corsRule(`${anyOrigin}${get}<MaxAgeSeconds>long</MaxAgeSeconds>`)],
    [
      '101 rules',
      '400 InvalidRequest',
      `<CORSConfiguration>${`<CORSRule>${anyOrigin}${get}</CORSRule>`.repeat(101)}</CORSConfiguration>`,
    ],
  ]),
  answers('GetBucketCors', '404 NoSuchCORSConfiguration', 'a bucket without rules', async (world) =>
    world.send('GET', `/${await world.bucket()}?cors`),
  ),
  ...preflights.map(({ title, origin, method, headers, outcome }) =>
    does('OPTIONS', outcome, `a preflight request with ${title}`, async (world) => {
      const bucket = await world.bucket();
      await world.ok('PUT', `/${bucket}?cors`, { body: exampleRule });
      const asked = headers === undefined ? {} : { 'access-control-request-headers': headers };
      const answer = await world.send('OPTIONS', `/${bucket}/key`, {
        keys: 'none',
        headers: { origin, 'access-control-request-method': method, ...asked },
      });
      assertOutcome(answer, outcome);
      assert.equal(answer.headers['access-control-allow-origin'], outcome === '200' ? origin : undefined);
      if (outcome === '200') assert.equal(answer.headers['access-control-max-age'], '60');
    }),
  ),
  answers('OPTIONS', '403 AccessForbidden', 'a bucket without rules', async (world) =>
    world.send('OPTIONS', `/${await world.bucket()}/key`, {
      keys: 'none',
      headers: { origin: 'https://a.test', 'access-control-request-method': 'GET' },
    }),
  ),
  ...['origin', 'access-control-request-method'].map((name) =>
    answers('OPTIONS', '400 BadRequest', `no ${name}`, async (world) => {
      const { [name]: _, ...headers }: Record<string, string> = {
        origin: 'https://a.test',
        'access-control-request-method': 'GET',
      };
      return world.send('OPTIONS', `/${await world.bucket()}/key`, { keys: 'none', headers });
    }),
  ),
  does('PutObject', '200', 'an answer to an allowed origin is marked and exposes headers', async (world) => {
    const bucket = await world.bucket();
    await world.ok('PUT', `/${bucket}?cors`, { body: exampleRule });
    const { headers } = await world.put(bucket, 'key', 'a', { origin: 'https://a.example.com' });
    assert.equal(headers['access-control-allow-origin'], 'https://a.example.com');
    assert.equal(headers['access-control-expose-headers'], 'etag');
    assert.match(headers.vary ?? '', /Origin/);
  }),
];

const lifecycleRule = (content: string) => `<LifecycleConfiguration><Rule>${content}</Rule></LifecycleConfiguration>`;
const enabled = '<Status>Enabled</Status>';
const days = (count: string) => `<Expiration><Days>${count}</Days></Expiration>`;
const all = '<Filter/>';

const lifecycleCases: readonly S3Case[] = [
  ...refusals('PutBucketLifecycleConfiguration', 'lifecycle', [
    ['no rules', '400 MalformedXML', '<LifecycleConfiguration/>'],
    ['a rule without a status', '400 MalformedXML', lifecycleRule(all + days('1'))],
    ['an unknown status', '400 MalformedXML', lifecycleRule(`${all}<Status>On</Status>${days('1')}`)],
    ['a rule without an action', '400 InvalidRequest', lifecycleRule(all + enabled)],
    ['no days', '400 InvalidArgument', lifecycleRule(all + enabled + days('0'))],
    ['days that are no number', '400 MalformedXML', lifecycleRule(all + enabled + days('many'))],
    [
      'a date that is not midnight',
      '400 InvalidArgument',
      lifecycleRule(`${all}${enabled}<Expiration><Date>2030-01-01T01:00:00Z</Date></Expiration>`),
    ],
    [
      'days and a date',
      '400 MalformedXML',
      lifecycleRule(`${all}${enabled}<Expiration><Days>1</Days><Date>2030-01-01T00:00:00Z</Date></Expiration>`),
    ],
    [
      'an id of 256 characters',
      '400 InvalidArgument',
      lifecycleRule(`<ID>${'i'.repeat(256)}</ID>${all}${enabled}${days('1')}`),
    ],
    [
      'two rules of one id',
      '400 InvalidArgument',
      `<LifecycleConfiguration>${`<Rule><ID>a</ID>${all}${enabled}${days('1')}</Rule>`.repeat(2)}</LifecycleConfiguration>`,
    ],
    [
      'aborting uploads of tagged objects',
      '400 InvalidRequest',
      lifecycleRule(
        `<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter>${enabled}<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>`,
      ),
    ],
    [
      'a prefix beside a filter',
      '400 MalformedXML',
      lifecycleRule(`<Prefix>a</Prefix><Filter><Prefix>a</Prefix></Filter>${enabled}${days('1')}`),
    ],
    [
      '1,001 rules',
      '400 MalformedXML',
      `<LifecycleConfiguration>${`<Rule>${all}${enabled}${days('1')}</Rule>`.repeat(1001)}</LifecycleConfiguration>`,
    ],
  ]),
  ...(
    [
      ['days', days('1')],
      ['a date', '<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>'],
      ['delete markers', '<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>'],
      [
        'noncurrent versions',
        '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>',
      ],
      [
        'uploads',
        '<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>',
      ],
    ] as const
  ).map(([title, action]) =>
    does('PutBucketLifecycleConfiguration', '200', `a rule for ${title} is kept`, async (world) => {
      const bucket = await world.bucket();
      await world.ok('PUT', `/${bucket}?lifecycle`, { body: lifecycleRule(`<ID>r</ID>${all}${enabled}${action}`) });
      const { text } = await world.ok('GET', `/${bucket}?lifecycle`);
      assert.equal(elementOf(text, 'ID'), 'r');
      const [, name = '', value = ''] = /<(\w+)>([^<]+)<\/\1>/.exec(action) ?? [];
      assert.ok((elementOf(text, name) ?? '').startsWith(value.slice(0, 10)));
    }),
  ),
  answers(
    'GetBucketLifecycleConfiguration',
    '404 NoSuchLifecycleConfiguration',
    'a bucket without rules',
    async (world) => world.send('GET', `/${await world.bucket()}?lifecycle`),
  ),
  ...['PutObject', 'GetObject', 'HeadObject', 'CopyObject', 'CompleteMultipartUpload'].map((operation) =>
    does(operation, '200', 'x-amz-expiration names the date and the rule', async (world) => {
      const bucket = await world.bucket();
      await world.ok('PUT', `/${bucket}?lifecycle`, { body: documents.lifecycle });
      const path = `/${bucket}/old/key`;
      const put = await world.ok('PUT', path, { body: 'a' });
      const answer = await expiring(world, operation, { bucket, path, put });
      assert.match(String(answer.headers['x-amz-expiration']), /^expiry-date=".+ GMT", rule-id="a"$/);
    }),
  ),
];

async function expiring(
  world: World,
  operation: string,
  { bucket, path, put }: { bucket: string; path: string; put: Awaited<ReturnType<World['ok']>> },
) {
  switch (operation) {
    case 'PutObject':
      return put;
    case 'CopyObject':
      return world.ok('PUT', `${path}2`, { headers: { 'x-amz-copy-source': path } });
    case 'CompleteMultipartUpload': {
      const id = await world.upload(bucket, 'old/key');
      const { headers } = await world.part(bucket, 'old/key', id, 1);
      const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${headers.etag}</ETag></Part></CompleteMultipartUpload>`;
      return world.ok('POST', `${path}?uploadId=${id}`, { body });
    }
    default:
      return world.ok(operation === 'GetObject' ? 'GET' : 'HEAD', path);
  }
}

const tagging = (tags: readonly (readonly [string, string])[]) =>
  `<Tagging><TagSet>${tags.map(([name, value]) => `<Tag><Key>${name}</Key><Value>${value}</Value></Tag>`).join('')}</TagSet></Tagging>`;
const many = (count: number) => Array.from({ length: count }, (_, at) => [`t${at}`, 'v'] as const);

const tagRows = (limit: number): readonly (readonly [string, string, string])[] => [
  ['a name of 129 characters', '400 InvalidTag', tagging([['n'.repeat(129), 'v']])],
  ['a value of 257 characters', '400 InvalidTag', tagging([['n', 'v'.repeat(257)]])],
  ['an empty name', '400 InvalidTag', tagging([['', 'v']])],
  [
    'a name twice',
    '400 InvalidTag',
    tagging([
      ['a', '1'],
      ['a', '2'],
    ]),
  ],
  ['a reserved name', '400 InvalidTag', tagging([['aws:a', 'v']])],
  ['a character that tags cannot hold', '400 InvalidTag', tagging([['a#b', 'v']])],
  ['a tag without a value', '400 MalformedXML', '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>'],
  ['no set', '400 MalformedXML', '<Tagging></Tagging>'],
  [`${limit + 1} tags`, '400 BadRequest', tagging(many(limit + 1))],
];

const taggingCases: readonly S3Case[] = [
  ...refusals('PutBucketTagging', 'tagging', tagRows(50)),
  ...tagRows(10).map(([title, outcome, body]) =>
    answers('PutObjectTagging', outcome, title, async (world) => {
      const bucket = await world.bucket();
      await world.put(bucket, 'key');
      return world.send('PUT', `/${bucket}/key?tagging`, { body });
    }),
  ),
  does('PutObjectTagging', '200', 'ten tags with all allowed characters, and the entity tag stays', async (world) => {
    const bucket = await world.bucket();
    const { headers } = await world.put(bucket, 'key');
    const tags = [...many(9), ['ä b+-=._:/@', 'ü'] as const];
    await world.ok('PUT', `/${bucket}/key?tagging`, { body: tagging(tags) });
    assert.deepEqual(
      elementsOf((await world.ok('GET', `/${bucket}/key?tagging`)).text, 'Key'),
      tags.map(([name]) => name),
    );
    assert.equal((await world.ok('HEAD', `/${bucket}/key`)).headers.etag, headers.etag);
  }),
  answers('GetBucketTagging', '404 NoSuchTagSet', 'a bucket without tags', async (world) =>
    world.send('GET', `/${await world.bucket()}?tagging`),
  ),
  ...(['GET', 'PUT', 'DELETE'] as const).map((method) =>
    answers(
      { GET: 'GetObjectTagging', PUT: 'PutObjectTagging', DELETE: 'DeleteObjectTagging' }[method],
      '404 NoSuchKey',
      'the key does not exist',
      async (world) =>
        world.send(
          method,
          `/${await world.bucket()}/none?tagging`,
          method === 'PUT' ? { body: documents.tagging } : {},
        ),
    ),
  ),
  does('DeleteObjectTagging', '204', 'no tags are left', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'key', 'a', { 'x-amz-tagging': 'a=b' });
    await world.ok('DELETE', `/${bucket}/key?tagging`);
    assert.deepEqual(elementsOf((await world.ok('GET', `/${bucket}/key?tagging`)).text, 'Key'), []);
  }),
];

const website = (content: string) => `<WebsiteConfiguration>${content}</WebsiteConfiguration>`;
const index = '<IndexDocument><Suffix>i.html</Suffix></IndexDocument>';
const routing = (content: string) =>
  website(`${index}<RoutingRules><RoutingRule>${content}</RoutingRule></RoutingRules>`);

const otherCases: readonly S3Case[] = [
  ...refusals('PutBucketWebsite', 'website', [
    ['no index document', '400 InvalidArgument', website('<ErrorDocument><Key>e</Key></ErrorDocument>')],
    ['an index with a slash', '400 InvalidArgument', website('<IndexDocument><Suffix>a/b</Suffix></IndexDocument>')],
    ['an empty error document', '400 InvalidArgument', website(`${index}<ErrorDocument><Key></Key></ErrorDocument>`)],
    [
      'a redirect of everything and an index',
      '400 InvalidArgument',
      website(`${index}<RedirectAllRequestsTo><HostName>a</HostName></RedirectAllRequestsTo>`),
    ],
    [
      'a rule without a redirect',
      '400 MalformedXML',
      routing('<Condition><KeyPrefixEquals>a</KeyPrefixEquals></Condition>'),
    ],
    ['a redirect that changes nothing', '400 InvalidArgument', routing('<Redirect></Redirect>')],
    [
      'both replacements of the key',
      '400 InvalidArgument',
      routing('<Redirect><ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith></Redirect>'),
    ],
    ['an unknown protocol', '400 InvalidArgument', routing('<Redirect><Protocol>ftp</Protocol></Redirect>')],
    [
      'a status that redirects nothing',
      '400 InvalidArgument',
      routing('<Redirect><HttpRedirectCode>200</HttpRedirectCode></Redirect>'),
    ],
  ]),
  answers('GetBucketWebsite', '404 NoSuchWebsiteConfiguration', 'a bucket without a website', async (world) =>
    world.send('GET', `/${await world.bucket()}?website`),
  ),
  answers('GetBucketPolicy', '404 NoSuchBucketPolicy', 'a bucket without a policy', async (world) =>
    world.send('GET', `/${await world.bucket()}?policy`),
  ),
  answers('GetBucketPolicyStatus', '404 NoSuchBucketPolicy', 'a bucket without a policy', async (world) =>
    world.send('GET', `/${await world.bucket()}?policyStatus`),
  ),
  answers('GetPublicAccessBlock', '404 NoSuchPublicAccessBlockConfiguration', 'after its deletion', async (world) => {
    const bucket = await world.bucket();
    await world.ok('DELETE', `/${bucket}?publicAccessBlock`);
    return world.send('GET', `/${bucket}?publicAccessBlock`);
  }),
  answers('GetBucketOwnershipControls', '404 OwnershipControlsNotFoundError', 'after their deletion', async (world) => {
    const bucket = await world.bucket();
    await world.ok('DELETE', `/${bucket}?ownershipControls`);
    return world.send('GET', `/${bucket}?ownershipControls`);
  }),
  answers(
    'GetBucketReplication',
    '404 ReplicationConfigurationNotFoundError',
    'no bucket is replicated',
    async (world) => world.send('GET', `/${await world.bucket()}?replication`),
  ),
  does('GetBucketEncryption', '200', 'AES256 for every bucket', async (world) => {
    const { text } = await world.ok('GET', `/${await world.bucket()}?encryption`);
    assert.equal(elementOf(text, 'SSEAlgorithm'), 'AES256');
  }),
  answers('PutBucketRequestPayment', '501 NotImplemented', 'requesters who pay', (world) =>
    putDocument(world, 'requestPayment', documents.requestPayment.replace('BucketOwner', 'Requester')),
  ),
  answers('PutBucketRequestPayment', '400 MalformedXML', 'an unknown payer', (world) =>
    putDocument(world, 'requestPayment', documents.requestPayment.replace('BucketOwner', 'Nobody')),
  ),
  answers('PutBucketAccelerateConfiguration', '400 InvalidRequest', 'enabling', (world) =>
    putDocument(world, 'accelerate', documents.acceleration.replace('Suspended', 'Enabled')),
  ),
  answers('PutBucketAccelerateConfiguration', '400 MalformedXML', 'an unknown status', (world) =>
    putDocument(world, 'accelerate', documents.acceleration.replace('Suspended', 'On')),
  ),
  does('GetBucketAccelerateConfiguration', '200', 'the status, once it was stated', async (world) => {
    const bucket = await world.bucket();
    const status = async () => elementOf((await world.ok('GET', `/${bucket}?accelerate`)).text, 'Status');
    assert.equal(await status(), undefined);
    await world.ok('PUT', `/${bucket}?accelerate`, { body: documents.acceleration });
    assert.equal(await status(), 'Suspended');
  }),
  does('GetBucketRequestPayment', '200', 'the owner pays', async (world) => {
    const { text } = await world.ok('GET', `/${await world.bucket()}?requestPayment`);
    assert.equal(elementOf(text, 'Payer'), 'BucketOwner');
  }),
  answers('PutBucketOwnershipControls', '400 MalformedXML', 'an unknown ownership', (world) =>
    putDocument(world, 'ownershipControls', documents.ownership.replace('ObjectWriter', 'Nobody')),
  ),
  answers(
    'PutBucketOwnershipControls',
    '400 InvalidBucketAclWithObjectOwnership',
    'enforcing the owner where a list grants to others',
    async (world) => {
      const bucket = await world.bucket({ ownership: 'ObjectWriter' });
      await world.ok('DELETE', `/${bucket}?publicAccessBlock`);
      await world.ok('PUT', `/${bucket}?acl`, { headers: { 'x-amz-acl': 'public-read' } });
      const body = documents.ownership.replace('ObjectWriter', 'BucketOwnerEnforced');
      return world.send('PUT', `/${bucket}?ownershipControls`, { body });
    },
  ),
  answers('PutPublicAccessBlock', '400 MalformedXML', 'a setting that is neither true nor false', (world) =>
    putDocument(world, 'publicAccessBlock', documents.publicAccess.replace('true', 'maybe')),
  ),
];

/** Operations on reports about a bucket. */
const reports: readonly (readonly [string, string, string])[] = [
  ['DeleteBucketInventoryConfiguration', 'DELETE', 'inventory&id=a'],
  ['GetBucketInventoryConfiguration', 'GET', 'inventory&id=a'],
  ['ListBucketInventoryConfigurations', 'GET', 'inventory'],
  ['PutBucketInventoryConfiguration', 'PUT', 'inventory&id=a'],
  ['PutBucketLogging', 'PUT', 'logging'],
  ['PutBucketNotificationConfiguration', 'PUT', 'notification'],
];

const reportCases: readonly S3Case[] = reports.flatMap(([operation, method, query]) => [
  answers(operation, '404 NoSuchBucket', 'the bucket does not exist', (world) =>
    world.send(method, `/${world.freshName()}?${query}`),
  ),
  answers(operation, '403 AccessDenied', 'an anonymous caller', async (world) =>
    world.send(method, `/${await world.bucket()}?${query}`, { keys: 'none' }),
  ),
]);

export const settingCases: readonly S3Case[] = [
  ...(
    [
      ['PutBucketCors', 'cors', documents.cors],
      ['PutBucketLifecycleConfiguration', 'lifecycle', documents.lifecycle],
      ['PutObjectLockConfiguration', 'object-lock', documents.lock],
    ] as const
  ).flatMap(([operation, query, body]) => {
    const put = async (world: World, headers: Record<string, string>) =>
      world.send('PUT', `/${await world.bucket({ versioning: 'Enabled' })}?${query}`, {
        body,
        headers,
        digest: 'none',
      });
    const sha256 = createHash('sha256').update(body).digest('base64');
    return [
      answers(operation, '400 InvalidRequest', 'neither Content-MD5 nor a checksum', (world) => put(world, {})),
      answers(operation, '200', 'a checksum in place of Content-MD5', (world) =>
        put(world, { 'x-amz-checksum-sha256': sha256 }),
      ),
    ];
  }),
  ...corsCases,
  ...lifecycleCases,
  ...taggingCases,
  ...otherCases,
  ...reportCases,
];
