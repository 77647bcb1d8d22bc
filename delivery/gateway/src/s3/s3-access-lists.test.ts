// Access control lists, object ownership and public access block over the wire.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import { anonymous, assertAnswer, foreign, sender } from '../test-support/requests.js';
import { foreignOwner, startTestGateway, type TestGateway, testOwner } from '../test-support/test-gateway.js';

let test: TestGateway;
const send = sender(() => test);
let count = 0;
let bucket = '';
const owner = toHex(testOwner);
const other = toHex(foreignOwner);

before(async () => {
  test = await startTestGateway({ hasForeignAccount: true });
  test.chain.stalled = true;
});
after(() => test.stop());
beforeEach(async () => {
  bucket = `lists-${++count}`;
  assertAnswer(await send('PUT', `/${bucket}`), 200);
});

const ownership = (value: string) =>
  send('PUT', `/${bucket}?ownershipControls=`, {
    body: `<OwnershipControls><Rule><ObjectOwnership>${value}</ObjectOwnership></Rule></OwnershipControls>`,
  });
const allowLists = async () => {
  assertAnswer(await ownership('ObjectWriter'), 200);
  assertAnswer(await send('DELETE', `/${bucket}?publicAccessBlock=`), 204);
};
const put = (key: string, headers: Record<string, string> = {}, who: object = {}) =>
  send('PUT', `/${bucket}/${key}`, { body: 'abc', headers, ...who });

describe('a new bucket', () => {
  it('enforces the ownership of its owner and blocks public access', async () => {
    const controls = await send('GET', `/${bucket}?ownershipControls=`);
    assert.match(controls.body, /<ObjectOwnership>BucketOwnerEnforced<\/ObjectOwnership>/);
    const block = await send('GET', `/${bucket}?publicAccessBlock=`);
    assert.equal(block.body.match(/>true</g)?.length, 4);
  });

  it('has neither setting once they are deleted', async () => {
    await send('DELETE', `/${bucket}?ownershipControls=`);
    await send('DELETE', `/${bucket}?publicAccessBlock=`);
    assertAnswer(await send('GET', `/${bucket}?ownershipControls=`), 404, 'OwnershipControlsNotFoundError');
    assertAnswer(await send('GET', `/${bucket}?publicAccessBlock=`), 404, 'NoSuchPublicAccessBlockConfiguration');
  });

  it('accepts lists only if they say that its owner owns everything', async () => {
    for (const acl of ['private', 'bucket-owner-full-control']) assertAnswer(await put('a', { 'x-amz-acl': acl }), 200);
    assertAnswer(await put('a', { 'x-amz-acl': 'public-read' }), 400, 'AccessControlListNotSupported');
    assertAnswer(await put('a', { 'x-amz-grant-read': `id="${other}"` }), 400, 'AccessControlListNotSupported');
    assertAnswer(await put('a', { 'x-amz-acl': 'nonsense' }), 400, 'InvalidArgument');
    for (const path of [`/${bucket}?acl=`, `/${bucket}/a?acl=`]) {
      const headers = { 'x-amz-acl': 'public-read' };
      assertAnswer(await send('PUT', path, { headers }), 400, 'AccessControlListNotSupported');
      assertAnswer(await send('PUT', path, { headers: { 'x-amz-acl': 'private' } }), 200);
    }
  });

  it('is created with the ownership and the list that the request names', async () => {
    const create = (headers: Record<string, string>) => send('PUT', `/created-${bucket}`, { headers });
    assertAnswer(await create({ 'x-amz-object-ownership': 'Nobody' }), 400, 'InvalidArgument');
    assertAnswer(await create({ 'x-amz-grant-read': `id=${other}` }), 400, 'InvalidBucketAclWithObjectOwnership');
    const writer = { 'x-amz-object-ownership': 'ObjectWriter' };
    assertAnswer(
      await create({ ...writer, 'x-amz-acl': 'public-read' }),
      400,
      'InvalidBucketAclWithBlockPublicAccessError',
    );
    assertAnswer(await create({ ...writer, 'x-amz-grant-read': `id=${other}` }), 200);
    const controls = await send('GET', `/created-${bucket}?ownershipControls=`);
    assert.match(controls.body, /ObjectWriter/);
    assertAnswer(await send('GET', `/created-${bucket}`, foreign), 200);
    assertAnswer(await send('PUT', `/created-${bucket}/x`, { ...foreign, body: 'x' }), 403, 'AccessDenied');
  });
});

describe('the list of an object', () => {
  beforeEach(allowLists);

  it('lets everyone read an object that is public', async () => {
    assertAnswer(await put('open', { 'x-amz-acl': 'public-read' }), 200);
    assertAnswer(await put('closed'), 200);
    assert.equal((await send('GET', `/${bucket}/open`, anonymous)).body, 'abc');
    assertAnswer(await send('GET', `/${bucket}/closed`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}`, anonymous), 403, 'AccessDenied');
  });

  it('counts for nothing while public lists are ignored, and cannot be made public while they are blocked', async () => {
    assertAnswer(await put('open', { 'x-amz-acl': 'public-read' }), 200);
    const block = (name: string) =>
      send('PUT', `/${bucket}?publicAccessBlock=`, {
        body: `<PublicAccessBlockConfiguration><${name}>true</${name}></PublicAccessBlockConfiguration>`,
      });
    await block('IgnorePublicAcls');
    assertAnswer(await send('GET', `/${bucket}/open`, anonymous), 403, 'AccessDenied');
    await block('BlockPublicAcls');
    assertAnswer(await send('GET', `/${bucket}/open`, anonymous), 200);
    assertAnswer(await put('other', { 'x-amz-acl': 'public-read' }), 403, 'AccessDenied');
    const headers = { 'x-amz-acl': 'public-read' };
    assertAnswer(await send('PUT', `/${bucket}/open?acl=`, { headers }), 403, 'AccessDenied');
    assertAnswer(await send('PUT', `/${bucket}?acl=`, { headers }), 403, 'AccessDenied');
  });

  it('is set by a canned name, by grants in headers, or by XML, and shown as it is', async () => {
    await put('a');
    const acl = `/${bucket}/a?acl=`;
    assertAnswer(await send('PUT', acl, { headers: { 'x-amz-acl': 'authenticated-read' } }), 200);
    assertAnswer(await send('GET', `/${bucket}/a`, foreign), 200);
    assertAnswer(await send('GET', `/${bucket}/a`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('PUT', acl, { headers: { 'x-amz-grant-read-acp': `id="${other}"` } }), 200);
    assertAnswer(await send('GET', `/${bucket}/a`, foreign), 403, 'AccessDenied');
    const shown = await send('GET', acl, foreign);
    assert.match(shown.body, new RegExp(`<ID>${other}</ID></Grantee><Permission>READ_ACP</Permission>`));
    const body = `<AccessControlPolicy><Owner><ID>${owner}</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`;
    assertAnswer(await send('PUT', acl, { body }), 200);
    assertAnswer(await send('GET', `/${bucket}/a`, anonymous), 200);
    assertAnswer(await send('PUT', acl, { body: body.replace(owner, other) }), 403, 'AccessDenied');
    assertAnswer(await send('PUT', acl, { body: body.replace('>READ<', '>EAT<') }), 400, 'MalformedACLError');
    assertAnswer(await send('PUT', acl, { body, headers: { 'x-amz-acl': 'private' } }), 400, 'UnexpectedContent');
    assertAnswer(await send('PUT', acl), 400, 'MissingSecurityHeader');
    const both = { 'x-amz-acl': 'private', 'x-amz-grant-read': `id=${other}` };
    assertAnswer(await send('PUT', acl, { headers: both }), 400, 'InvalidRequest');
    assertAnswer(await send('PUT', `/${bucket}/none?acl=`, { body }), 404, 'NoSuchKey');
  });

  it('stays with its version, and is not copied', async () => {
    const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    await send('PUT', `/${bucket}?versioning=`, { body });
    const first = await put('a', { 'x-amz-acl': 'public-read' });
    const version = /x-amz-version-id: (\S+)/i.exec(first.head)?.[1] ?? '';
    await put('a');
    assertAnswer(await send('GET', `/${bucket}/a`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}/a?versionId=${version}`, anonymous), 200);
    const headers = { 'x-amz-acl': 'private' };
    assertAnswer(await send('PUT', `/${bucket}/a?acl=&versionId=${version}`, { headers }), 200);
    assertAnswer(await send('GET', `/${bucket}/a?versionId=${version}`, anonymous), 403, 'AccessDenied');
    await put('b', { 'x-amz-acl': 'public-read' });
    await send('PUT', `/${bucket}/copy`, { headers: { 'x-amz-copy-source': `${bucket}/b` } });
    assertAnswer(await send('GET', `/${bucket}/copy`, anonymous), 403, 'AccessDenied');
  });

  it('is that of the request that began an upload in parts', async () => {
    const headers = { 'x-amz-acl': 'public-read' };
    const { body } = await send('POST', `/${bucket}/parts?uploads=`, { headers });
    const uploadId = /<UploadId>(\w+)</.exec(body)?.[1] ?? '';
    const part = await put(`parts?uploadId=${uploadId}&partNumber=1`);
    const etag = /etag: (\S+)/i.exec(part.head)?.[1] ?? '';
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    assertAnswer(await send('POST', `/${bucket}/parts?uploadId=${uploadId}`, { body: parts }), 200);
    assert.equal((await send('GET', `/${bucket}/parts`, anonymous)).body, 'abc');
  });
});

describe('the list of a bucket', () => {
  beforeEach(allowLists);

  it('lets another account write, who then owns the objects', async () => {
    assertAnswer(await put('theirs', {}, foreign), 403, 'AccessDenied');
    assertAnswer(
      await send('PUT', `/${bucket}?acl=`, {
        headers: { 'x-amz-grant-write': `id=${other}`, 'x-amz-grant-full-control': `id=${owner}` },
      }),
      200,
    );
    assertAnswer(await put('theirs', {}, foreign), 200);
    assertAnswer(await send('GET', `/${bucket}/theirs`, foreign), 200);
    assertAnswer(await send('GET', `/${bucket}/theirs`), 403, 'AccessDenied');
    const listed = await send('GET', `/${bucket}?list-type=2&fetch-owner=true`);
    assert.match(listed.body, new RegExp(`<Owner><ID>${other}</ID></Owner>`));
    assertAnswer(await send('DELETE', `/${bucket}/theirs`), 204);
  });

  it('leaves objects to the owner of the bucket where it is preferred and the writer grants it', async () => {
    assertAnswer(await ownership('BucketOwnerPreferred'), 200);
    await send('PUT', `/${bucket}?acl=`, { headers: { 'x-amz-acl': 'public-read-write' } });
    // A list of the bucket grants PutObject, but not PutObjectAcl.
    assertAnswer(await put('given', { 'x-amz-acl': 'bucket-owner-full-control' }, foreign), 403, 'AccessDenied');
    assertAnswer(await put('anonymous', {}, anonymous), 200);
    assertAnswer(await send('GET', `/${bucket}/anonymous`), 200);
  });

  it('grants nothing to others any more once the ownership is enforced, which needs a private list', async () => {
    await send('PUT', `/${bucket}?acl=`, { headers: { 'x-amz-acl': 'public-read-write' } });
    assertAnswer(await put('theirs', {}, foreign), 200);
    assertAnswer(await ownership('BucketOwnerEnforced'), 400, 'InvalidBucketAclWithObjectOwnership');
    await send('PUT', `/${bucket}?acl=`, { headers: { 'x-amz-acl': 'private' } });
    assertAnswer(await ownership('BucketOwnerEnforced'), 200);
    assertAnswer(await send('GET', `/${bucket}/theirs`, foreign), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}/theirs`), 200);
  });

  it('does not let anonymous writers begin uploads in parts', async () => {
    await send('PUT', `/${bucket}?acl=`, { headers: { 'x-amz-acl': 'public-read-write' } });
    assertAnswer(await send('POST', `/${bucket}/a?uploads=`, anonymous), 403, 'AccessDenied');
  });
});
