// OSS-1: bucket policies, public access, access control lists, CORS and forms with unmodified awscli and plain HTTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Awscli, awscli, missingAwscli } from './support/drivers.js';
import { TestNetwork } from './support/network.js';

const missing = await missingAwscli();
const bucket = 'public-pictures';
const origin = 'https://app.example.com';

describe('OSS-1 access to buckets with awscli', { skip: missing ?? false }, () => {
  let network: TestNetwork;
  let aws: Awscli;
  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    aws = awscli(network.credentials);
    await api('create-bucket');
    await api('put-object', '--key', 'a.txt', '--content-type', 'text/plain');
  });
  after(() => network.destroy());

  const api = async (command: string, ...args: string[]) =>
    (await aws('s3api', command, '--bucket', bucket, ...args)).stdout;
  const anonymous = (path: string, init: RequestInit = {}) =>
    fetch(`${network.credentials.endpoint}/${bucket}${path}`, init);
  const refuses = (code: string, act: Promise<unknown>) =>
    assert.rejects(act, (error: { stderr?: string }) => error.stderr?.includes(`(${code})`) === true);

  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/*` }],
  });

  it('a policy lets anonymous requests read, until the public access block restricts it', async () => {
    assert.equal((await anonymous('/a.txt')).status, 403);
    await refuses('AccessDenied', api('put-bucket-policy', '--policy', policy));
    await api('delete-public-access-block');
    await api('put-bucket-policy', '--policy', policy);
    assert.equal(JSON.parse(await api('get-bucket-policy')).Policy, policy);
    assert.equal(JSON.parse(await api('get-bucket-policy-status')).PolicyStatus.IsPublic, true);
    assert.equal((await anonymous('/a.txt')).status, 200);
    assert.equal((await anonymous('/')).status, 403);
    const restricting =
      'BlockPublicAcls=false,IgnorePublicAcls=false,BlockPublicPolicy=false,RestrictPublicBuckets=true';
    await api('put-public-access-block', '--public-access-block-configuration', restricting);
    assert.equal((await anonymous('/a.txt')).status, 403);
    await api('delete-public-access-block');
    await api('delete-bucket-policy');
    assert.equal((await anonymous('/a.txt')).status, 403);
  });

  it('a list makes an object public where the ownership of the bucket lets lists count', async () => {
    await refuses('AccessControlListNotSupported', api('put-object-acl', '--key', 'a.txt', '--acl', 'public-read'));
    await api('put-bucket-ownership-controls', '--ownership-controls', 'Rules=[{ObjectOwnership=ObjectWriter}]');
    await api('put-object-acl', '--key', 'a.txt', '--acl', 'public-read');
    assert.equal((await anonymous('/a.txt')).status, 200);
    const { Grants } = JSON.parse(await api('get-object-acl', '--key', 'a.txt'));
    assert.deepEqual(
      Grants.map(({ Permission }: { Permission: string }) => Permission),
      ['FULL_CONTROL', 'READ'],
    );
    await api('put-object-acl', '--key', 'a.txt', '--acl', 'private');
    assert.equal((await anonymous('/a.txt')).status, 403);
  });

  it('CORS rules answer preflight requests and mark answers, refusals among them', async () => {
    const rules = { CORSRules: [{ AllowedOrigins: [origin], AllowedMethods: ['GET', 'PUT'], AllowedHeaders: ['*'] }] };
    await api('put-bucket-cors', '--cors-configuration', JSON.stringify(rules));
    assert.deepEqual(JSON.parse(await api('get-bucket-cors')), rules);
    const asking = (method: string) => ({ origin, 'access-control-request-method': method });
    const allowed = await anonymous('/a.txt', { method: 'OPTIONS', headers: asking('PUT') });
    assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin')], [200, origin]);
    assert.equal((await anonymous('/a.txt', { method: 'OPTIONS', headers: asking('DELETE') })).status, 403);
    const refused = await anonymous('/a.txt', { headers: { origin } });
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [403, origin]);
  });
});
