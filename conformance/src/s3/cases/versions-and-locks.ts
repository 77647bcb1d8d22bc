// Versions, and object lock.
import assert from 'node:assert/strict';
import { elementOf, elementsOf } from '../elements.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import { withCode } from '../second-factor.js';
import type { World } from '../world.js';
import { documents, md5, retention } from './samples.js';

const unknownVersion = 'AAAAAAAAAAAAAAAAAAAAAA';

async function twoVersions(world: World, settings: Parameters<World['bucket']>[0] = { versioning: 'Enabled' }) {
  const bucket = await world.bucket(settings);
  const first = String((await world.put(bucket, 'key', 'one')).headers['x-amz-version-id']);
  const second = String((await world.put(bucket, 'key', 'two')).headers['x-amz-version-id']);
  return { bucket, path: `/${bucket}/key`, first, second };
}

const mfaDelete = (state: string): string =>
  `<VersioningConfiguration><Status>Enabled</Status><MfaDelete>${state}</MfaDelete></VersioningConfiguration>`;

/** Two versions in a bucket with MFA delete. */
async function withMfaDelete(world: World) {
  const made = await twoVersions(world);
  const body = mfaDelete('Enabled');
  await withCode(world, (mfa) =>
    world.ok('PUT', `/${made.bucket}?versioning`, { body, headers: { 'x-amz-mfa': mfa } }),
  );
  return made;
}

const versionCases: readonly S3Case[] = [
  does('PutObject', '200', 'a bucket with versions keeps both', async (world) => {
    const { path, first, second } = await twoVersions(world);
    assert.notEqual(first, second);
    assert.equal((await world.ok('GET', `${path}?versionId=${first}`)).text, 'one');
    assert.equal((await world.ok('GET', path)).text, 'two');
  }),
  does('PutObject', '200', 'a bucket that never kept versions names none', async (world) => {
    const answer = await world.put(await world.bucket(), 'key');
    assert.equal(answer.headers['x-amz-version-id'], undefined);
  }),
  does('PutObject', '200', 'a suspended bucket replaces the null version', async (world) => {
    const { bucket, path, second } = await twoVersions(world);
    await world.setVersioning(bucket, 'Suspended');
    assert.equal((await world.put(bucket, 'key', 'three')).headers['x-amz-version-id'], 'null');
    await world.put(bucket, 'key', 'four');
    assert.equal((await world.ok('GET', `${path}?versionId=null`)).text, 'four');
    assert.equal((await world.ok('GET', `${path}?versionId=${second}`)).text, 'two');
    assert.equal(elementsOf((await world.ok('GET', `/${bucket}?versions`)).text, 'VersionId').length, 3);
  }),
  does('DeleteObject', '204', 'inserts a delete marker', async (world) => {
    const { bucket, path, first } = await twoVersions(world);
    const deleted = await world.ok('DELETE', path);
    assert.equal(deleted.headers['x-amz-delete-marker'], 'true');
    const missing = assertOutcome(await world.send('GET', path), '404 NoSuchKey');
    assert.equal(missing.headers['x-amz-delete-marker'], 'true');
    const marker = String(deleted.headers['x-amz-version-id']);
    const read = assertOutcome(await world.send('GET', `${path}?versionId=${marker}`), '405 MethodNotAllowed');
    assert.equal(read.headers['x-amz-delete-marker'], 'true');
    assert.equal((await world.ok('GET', `${path}?versionId=${first}`)).text, 'one');
    assert.deepEqual(elementsOf((await world.ok('GET', `/${bucket}?list-type=2`)).text, 'Key'), []);
  }),
  does('DeleteObject', '204', 'deleting the marker brings the object back', async (world) => {
    const { path } = await twoVersions(world);
    const { headers } = await world.ok('DELETE', path);
    const undone = await world.ok('DELETE', `${path}?versionId=${headers['x-amz-version-id']}`);
    assert.equal(undone.headers['x-amz-delete-marker'], 'true');
    assert.equal((await world.ok('GET', path)).text, 'two');
  }),
  does('DeleteObject', '204', 'deleting the newest version makes the one before it current', async (world) => {
    const { path, second } = await twoVersions(world);
    await world.ok('DELETE', `${path}?versionId=${second}`);
    assert.equal((await world.ok('GET', path)).text, 'one');
    assertOutcome(await world.send('GET', `${path}?versionId=${second}`), '404 NoSuchVersion');
  }),
  answers('DeleteObject', '204', 'a version that does not exist', async (world) =>
    world.send('DELETE', `${(await twoVersions(world)).path}?versionId=${unknownVersion}`),
  ),
  does('DeleteObject', '204', 'a suspended bucket replaces the null version by a null marker', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'key');
    await world.setVersioning(bucket, 'Suspended');
    assert.equal((await world.ok('DELETE', `/${bucket}/key`)).headers['x-amz-version-id'], 'null');
    const { text } = await world.ok('GET', `/${bucket}?versions`);
    assert.deepEqual([elementsOf(text, 'VersionId'), text.includes('<DeleteMarker>')], [['null'], true]);
  }),
  ...[
    'GetObject GET',
    'HeadObject HEAD',
    'GetObjectTagging GET tagging',
    'GetObjectAcl GET acl',
    'GetObjectAttributes GET attributes',
  ].flatMap((row) => {
    const [operation = '', method = '', query] = row.split(' ');
    const headers = { 'x-amz-object-attributes': 'ETag' };
    const options = query === 'attributes' ? { headers } : {};
    const search = (id: string) => `?${query === undefined ? '' : `${query}&`}versionId=${id}`;
    return [
      answers(operation, '200', 'an older version by its id', async (world) => {
        const { path, first } = await twoVersions(world);
        return world.send(method, path + search(first), options);
      }),
      answers(
        operation,
        method === 'HEAD' ? '404' : '404 NoSuchVersion',
        'a version that does not exist',
        async (world) => {
          const { path } = await twoVersions(world);
          return world.send(method, path + search(unknownVersion), options);
        },
      ),
      answers(
        operation,
        method === 'HEAD' ? '405' : '405 MethodNotAllowed',
        'a delete marker by its id',
        async (world) => {
          const { path } = await twoVersions(world);
          const { headers: deleted } = await world.ok('DELETE', path);
          return world.send(method, path + search(String(deleted['x-amz-version-id'])), options);
        },
      ),
      answers(
        operation,
        method === 'HEAD' ? '403' : '403 AccessDenied',
        'a version, for a caller who may read current objects only',
        async (world) => {
          const { path, first } = await twoVersions(world);
          const keys = await world.allowed(
            's3:GetObject',
            's3:GetObjectTagging',
            's3:GetObjectAcl',
            's3:GetObjectAttributes',
            's3:ListBucket',
          );
          return world.send(method, path + search(first), { ...options, keys });
        },
      ),
    ];
  }),
  answers(
    'DeleteObject',
    '403 AccessDenied',
    'a version, for a caller who may delete current objects only',
    async (world) => {
      const { path, first } = await twoVersions(world);
      return world.send('DELETE', `${path}?versionId=${first}`, { keys: await world.allowed('s3:DeleteObject') });
    },
  ),
  does('DeleteObjects', '200', 'deletes a version, and inserts markers', async (world) => {
    const { bucket, path, first } = await twoVersions(world);
    await world.put(bucket, 'b');
    const body = `<Delete><Object><Key>key</Key><VersionId>${first}</VersionId></Object><Object><Key>b</Key></Object></Delete>`;
    const { text } = await world.ok('POST', `/${bucket}?delete`, {
      body,
      headers: { 'x-amz-sdk-checksum-algorithm': 'CRC32', 'content-md5': md5(body) },
    });
    assert.equal(elementOf(text, 'VersionId'), first);
    assert.ok(elementOf(text, 'DeleteMarkerVersionId') !== undefined);
    assertOutcome(await world.send('GET', `${path}?versionId=${first}`), '404 NoSuchVersion');
  }),
  does('ListObjectVersions', '200', 'newest first, the latest marked, in pages', async (world) => {
    const { bucket, first, second } = await twoVersions(world);
    const { text } = await world.ok('GET', `/${bucket}?versions&max-keys=1`);
    assert.deepEqual([elementsOf(text, 'VersionId'), elementOf(text, 'IsLatest')], [[second], 'true']);
    const marker = `key-marker=key&version-id-marker=${elementOf(text, 'NextVersionIdMarker')}`;
    const next = (await world.ok('GET', `/${bucket}?versions&${marker}`)).text;
    assert.deepEqual([elementsOf(next, 'VersionId'), elementOf(next, 'IsLatest')], [[first], 'false']);
  }),
  does('GetBucketVersioning', '200', 'no status where it was never stated', async (world) => {
    const { text } = await world.ok('GET', `/${await world.bucket()}?versioning`);
    assert.equal(elementOf(text, 'Status'), undefined);
  }),
  ...(['Enabled', 'Suspended'] as const).map((status) =>
    does('GetBucketVersioning', '200', `the status ${status}`, async (world) => {
      const bucket = await world.bucket({ versioning: status });
      assert.equal(elementOf((await world.ok('GET', `/${bucket}?versioning`)).text, 'Status'), status);
    }),
  ),
  ...(
    [
      ['no status', '<VersioningConfiguration/>', '400 IllegalVersioningConfigurationException'],
      [
        'an unknown status',
        '<VersioningConfiguration><Status>On</Status></VersioningConfiguration>',
        '400 MalformedXML',
      ],
    ] as const
  ).map(([title, body, outcome]) =>
    answers('PutBucketVersioning', outcome, title, async (world) =>
      world.send('PUT', `/${await world.bucket()}?versioning`, { body }),
    ),
  ),
  does('PutBucketVersioning', '200', 'the root enables and disables MFA delete with a code', async (world) => {
    const bucket = await world.bucket({ versioning: 'Enabled' });
    for (const state of ['Enabled', 'Disabled']) {
      const body = mfaDelete(state);
      await withCode(world, (mfa) => world.ok('PUT', `/${bucket}?versioning`, { body, headers: { 'x-amz-mfa': mfa } }));
      assert.equal(elementOf((await world.ok('GET', `/${bucket}?versioning`)).text, 'MfaDelete'), state);
    }
  }),
  answers('PutBucketVersioning', '403 AccessDenied', 'MFA delete without a code', async (world) =>
    world.send('PUT', `/${await world.bucket()}?versioning`, { body: mfaDelete('Enabled') }),
  ),
  answers('PutBucketVersioning', '403 AccessDenied', 'MFA delete by a user', async (world) => {
    const bucket = await world.bucket();
    const change = (mfa: string) =>
      world.send('PUT', `/${bucket}?versioning`, {
        body: mfaDelete('Enabled'),
        headers: { 'x-amz-mfa': mfa },
        keys: world.user,
      });
    return withCode(world, change);
  }),
  answers('PutBucketVersioning', '400 MalformedXML', 'an unknown state of MFA delete', async (world) =>
    world.send('PUT', `/${await world.bucket()}?versioning`, { body: mfaDelete('On') }),
  ),
  answers('PutBucketVersioning', '409 InvalidBucketState', 'MFA delete where lifecycle rules are', async (world) => {
    const bucket = await world.bucket();
    await world.ok('PUT', `/${bucket}?lifecycle`, { body: documents.lifecycle });
    return world.send('PUT', `/${bucket}?versioning`, { body: mfaDelete('Enabled') });
  }),
  answers('PutBucketLifecycleConfiguration', '409 InvalidBucketState', 'a bucket with MFA delete', async (world) => {
    const { bucket } = await withMfaDelete(world);
    return world.send('PUT', `/${bucket}?lifecycle`, { body: documents.lifecycle });
  }),
  does('DeleteObject', '204', 'a version with the code of an MFA device, once', async (world) => {
    const { path, first, second } = await withMfaDelete(world);
    await withCode(world, async (mfa) => {
      const remove = (id: string) => world.send('DELETE', `${path}?versionId=${id}`, { headers: { 'x-amz-mfa': mfa } });
      assertOutcome(await remove(first), '204');
      assertOutcome(await remove(second), '403 AccessDenied');
    });
    assertOutcome(await world.send('GET', `${path}?versionId=${first}`), '404 NoSuchVersion');
  }),
  does('DeleteObject', '403 AccessDenied', 'a version in a bucket with MFA delete, without a code', async (world) => {
    const { path, first } = await withMfaDelete(world);
    assertOutcome(await world.send('DELETE', `${path}?versionId=${first}`), '403 AccessDenied');
    assertOutcome(await world.send('DELETE', path), '204');
    await world.ok('GET', `${path}?versionId=${first}`);
  }),
  ...(['200', '403 AccessDenied'] as const).map((outcome) =>
    does('DeleteObjects', outcome, `versions in a bucket with MFA delete, ${outcome}`, async (world) => {
      const { bucket, first, second } = await withMfaDelete(world);
      const ids = [first, second].map((id) => `<Object><Key>key</Key><VersionId>${id}</VersionId></Object>`);
      const body = `<Delete>${ids.join('')}</Delete>`;
      const remove = (more: Record<string, string>) =>
        world.send('POST', `/${bucket}?delete`, { body, headers: { 'content-md5': md5(body), ...more } });
      const isProven = outcome === '200';
      const answer = isProven ? await withCode(world, (mfa) => remove({ 'x-amz-mfa': mfa })) : await remove({});
      assertOutcome(answer, outcome);
      const { text } = await world.ok('GET', `/${bucket}?versions`);
      assert.equal(elementsOf(text, 'VersionId').length, isProven ? 0 : 2);
    }),
  ),
  answers('PutBucketVersioning', '409 InvalidBucketState', 'suspending where objects can be locked', async (world) =>
    world.send('PUT', `/${await world.bucket({ hasLock: true })}?versioning`, {
      body: documents.versioning.replace('Enabled', 'Suspended'),
    }),
  ),
];

async function lockedVersion(world: World, headers: Record<string, string>) {
  const bucket = await world.bucket({ hasLock: true });
  const { headers: answered } = await world.put(bucket, 'key', 'content', headers);
  const id = String(answered['x-amz-version-id']);
  return { bucket, id, path: `/${bucket}/key`, version: `/${bucket}/key?versionId=${id}` };
}

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString();
const lockHeaders = (mode: string) => ({
  'x-amz-object-lock-mode': mode,
  'x-amz-object-lock-retain-until-date': tomorrow(),
});
const bypass = { headers: { 'x-amz-bypass-governance-retention': 'true' } };
const hold = (status: string) => `<LegalHold><Status>${status}</Status></LegalHold>`;
const lockRule = (rule: string) =>
  `<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>${rule}</DefaultRetention></Rule></ObjectLockConfiguration>`;

const lockCases: readonly S3Case[] = [
  ...['GOVERNANCE', 'COMPLIANCE'].flatMap((mode) => [
    does('DeleteObject', '403 AccessDenied', `a version in ${mode} mode`, async (world) => {
      const { version } = await lockedVersion(world, lockHeaders(mode));
      assertOutcome(await world.send('DELETE', version), '403 AccessDenied');
      await world.ok('GET', version);
    }),
    does('DeleteObjects', '200 AccessDenied', `a version in ${mode} mode`, async (world) => {
      const { bucket, id, version } = await lockedVersion(world, lockHeaders(mode));
      const body = `<Delete><Object><Key>key</Key><VersionId>${id}</VersionId></Object></Delete>`;
      const { text } = await world.ok('POST', `/${bucket}?delete`, { body, headers: { 'content-md5': md5(body) } });
      assert.equal(elementOf(text, 'Code'), 'AccessDenied');
      await world.ok('GET', version);
    }),
    answers('DeleteObject', '204', `a marker over a version in ${mode} mode`, async (world) =>
      world.send('DELETE', (await lockedVersion(world, lockHeaders(mode))).path),
    ),
    answers(
      'DeleteObject',
      mode === 'GOVERNANCE' ? '204' : '403 AccessDenied',
      `a version in ${mode} mode with bypass`,
      async (world) => world.send('DELETE', (await lockedVersion(world, lockHeaders(mode))).version, bypass),
    ),
    does('GetObject', '200', `states ${mode} mode and its date`, async (world) => {
      const { path } = await lockedVersion(world, lockHeaders(mode));
      const { headers } = await world.ok('GET', path);
      assert.equal(headers['x-amz-object-lock-mode'], mode);
      assert.ok(Date.parse(String(headers['x-amz-object-lock-retain-until-date'])) > Date.now());
    }),
    answers('PutObjectRetention', '200', `extending ${mode} mode`, async (world) =>
      world.send('PUT', `${(await lockedVersion(world, lockHeaders(mode))).path}?retention`, {
        body: retention(3, mode),
      }),
    ),
    answers('PutObjectRetention', '403 AccessDenied', `shortening ${mode} mode`, async (world) =>
      world.send('PUT', `${(await lockedVersion(world, lockHeaders(mode))).path}?retention`, {
        body: retention(0.5, mode),
      }),
    ),
    answers('PutObjectRetention', '403 AccessDenied', `removing ${mode} mode`, async (world) =>
      world.send('PUT', `${(await lockedVersion(world, lockHeaders(mode))).path}?retention`, { body: '<Retention/>' }),
    ),
    answers(
      'PutObjectRetention',
      mode === 'GOVERNANCE' ? '200' : '403 AccessDenied',
      `shortening ${mode} mode with bypass`,
      async (world) =>
        world.send('PUT', `${(await lockedVersion(world, lockHeaders(mode))).path}?retention`, {
          ...bypass,
          body: retention(0.5, mode),
        }),
    ),
  ]),
  answers('PutObjectRetention', '403 AccessDenied', 'weakening compliance to governance', async (world) =>
    world.send('PUT', `${(await lockedVersion(world, lockHeaders('COMPLIANCE'))).path}?retention`, {
      ...bypass,
      body: retention(3),
    }),
  ),
  answers('DeleteObject', '403 AccessDenied', 'bypass without s3:BypassGovernanceRetention', async (world) =>
    world.send('DELETE', (await lockedVersion(world, lockHeaders('GOVERNANCE'))).version, {
      ...bypass,
      keys: await world.denied('s3:BypassGovernanceRetention'),
    }),
  ),
  does('DeleteObject', '403 AccessDenied', 'a legal hold, until it ends', async (world) => {
    const { version, path } = await lockedVersion(world, { 'x-amz-object-lock-legal-hold': 'ON' });
    assertOutcome(await world.send('DELETE', version, bypass), '403 AccessDenied');
    await world.ok('PUT', `${path}?legal-hold`, { body: hold('OFF') });
    await world.ok('DELETE', version);
  }),
  does('GetObjectLegalHold', '200', 'OFF where none was stated', async (world) => {
    const { path } = await lockedVersion(world, {});
    assert.equal(elementOf((await world.ok('GET', `${path}?legal-hold`)).text, 'Status'), 'OFF');
  }),
  answers('GetObjectRetention', '404 NoSuchObjectLockConfiguration', 'an object without retention', async (world) =>
    world.send('GET', `${(await lockedVersion(world, {})).path}?retention`),
  ),
  ...['retention', 'legal-hold'].flatMap((query) => {
    const what = query === 'retention' ? 'Retention' : 'LegalHold';
    const body = query === 'retention' ? retention(1) : hold('ON');
    return [
      answers(`GetObject${what}`, '400 InvalidRequest', 'a bucket without object lock', async (world) => {
        const bucket = await world.bucket();
        await world.put(bucket, 'key');
        return world.send('GET', `/${bucket}/key?${query}`);
      }),
      answers(`PutObject${what}`, '400 InvalidRequest', 'a bucket without object lock', async (world) => {
        const bucket = await world.bucket();
        await world.put(bucket, 'key');
        return world.send('PUT', `/${bucket}/key?${query}`, { body });
      }),
      answers(`GetObject${what}`, '404 NoSuchKey', 'the key does not exist', async (world) =>
        world.send('GET', `/${await world.bucket({ hasLock: true })}/none?${query}`),
      ),
      answers(`PutObject${what}`, '404 NoSuchKey', 'the key does not exist', async (world) =>
        world.send('PUT', `/${await world.bucket({ hasLock: true })}/none?${query}`, { body }),
      ),
    ];
  }),
  answers('PutObjectRetention', '400 InvalidArgument', 'a date in the past', async (world) =>
    world.send('PUT', `${(await lockedVersion(world, {})).path}?retention`, { body: retention(-1) }),
  ),
  ...(
    [
      ['an unknown mode', retention(1, 'SOFT')],
      ['a mode without a date', '<Retention><Mode>GOVERNANCE</Mode></Retention>'],
      ['a date that is none', '<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>soon</RetainUntilDate></Retention>'],
    ] as const
  ).map(([title, body]) =>
    answers('PutObjectRetention', '400 MalformedXML', title, async (world) =>
      world.send('PUT', `${(await lockedVersion(world, {})).path}?retention`, { body }),
    ),
  ),
  answers('PutObjectLegalHold', '400 MalformedXML', 'an unknown status', async (world) =>
    world.send('PUT', `${(await lockedVersion(world, {})).path}?legal-hold`, { body: hold('MAYBE') }),
  ),
  ...(
    [
      ['a mode without a date', { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
      ['an unknown mode', lockHeaders('SOFT')],
      ['an unknown hold', { 'x-amz-object-lock-legal-hold': 'MAYBE' }],
      [
        'a date in the past',
        { ...lockHeaders('GOVERNANCE'), 'x-amz-object-lock-retain-until-date': '2020-01-01T00:00:00Z' },
      ],
      ['a date that is none', { ...lockHeaders('GOVERNANCE'), 'x-amz-object-lock-retain-until-date': 'soon' }],
    ] as const
  ).map(([title, headers]) =>
    answers('PutObject', '400 InvalidArgument', `a lock with ${title}`, async (world) =>
      world.send('PUT', `/${await world.bucket({ hasLock: true })}/key`, { body: 'a', headers }),
    ),
  ),
  does('PutObject', '200', 'the default retention of the bucket', async (world) => {
    const bucket = await world.bucket({ hasLock: true });
    await world.ok('PUT', `/${bucket}?object-lock`, { body: documents.lock });
    await world.put(bucket, 'key');
    assert.equal(elementOf((await world.ok('GET', `/${bucket}/key?retention`)).text, 'Mode'), 'GOVERNANCE');
  }),
  answers(
    'GetObjectLockConfiguration',
    '404 ObjectLockConfigurationNotFoundError',
    'a bucket without object lock',
    async (world) => world.send('GET', `/${await world.bucket()}?object-lock`),
  ),
  answers('PutObjectLockConfiguration', '409 InvalidBucketState', 'a bucket without versions', async (world) =>
    world.send('PUT', `/${await world.bucket()}?object-lock`, { body: documents.lock }),
  ),
  answers('PutObjectLockConfiguration', '200', 'a bucket with versions', async (world) =>
    world.send('PUT', `/${await world.bucket({ versioning: 'Enabled' })}?object-lock`, { body: documents.lock }),
  ),
  ...(
    [
      ['days and years', '<Mode>GOVERNANCE</Mode><Days>1</Days><Years>1</Years>', '400 MalformedXML'],
      ['neither days nor years', '<Mode>GOVERNANCE</Mode>', '400 MalformedXML'],
      ['an unknown mode', '<Mode>SOFT</Mode><Days>1</Days>', '400 MalformedXML'],
      ['no days', '<Mode>GOVERNANCE</Mode><Days>0</Days>', '400 InvalidArgument'],
      ['too many days', '<Mode>GOVERNANCE</Mode><Days>40000</Days>', '400 InvalidArgument'],
      ['too many years', '<Mode>GOVERNANCE</Mode><Years>101</Years>', '400 InvalidArgument'],
    ] as const
  ).map(([title, rule, outcome]) =>
    answers('PutObjectLockConfiguration', outcome, title, async (world) =>
      world.send('PUT', `/${await world.bucket({ hasLock: true })}?object-lock`, { body: lockRule(rule) }),
    ),
  ),
];

export const versionAndLockCases: readonly S3Case[] = [...versionCases, ...lockCases];
