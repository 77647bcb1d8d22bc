// IAM and STS over real sockets, and what their users may then do with S3.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { accountIdOf } from '@cess/access';
import { createSr25519Signer, encodeSs58 } from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import { credentialsOf, type QueryCredentials, type QueryOptions, query } from '../test-support/query-client.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import {
  foreignCredentials,
  startTestGateway,
  type TestGateway,
  testCredentials,
  testOwner,
} from '../test-support/test-gateway.js';

const walletOwner = createSr25519Signer(new Uint8Array(32).fill(31));
const account = accountIdOf(testOwner);
const statement = (Action: string | readonly string[], Resource: string | readonly string[]) => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const documentOf = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

let test: TestGateway;
before(async () => {
  test = await startTestGateway({ hasForeignAccount: true, foreignOwner: walletOwner.publicKey });
  const client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket: 'shared' }));
  await client.send(new PutObjectCommand({ Bucket: 'shared', Key: 'read/a', Body: 'content' }));
});
after(() => test.stop());

async function iam(fields: Readonly<Record<string, string>>, options: QueryOptions = {}) {
  const answer = await query(test, { Version: '2010-05-08', ...fields }, options);
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

async function sts(fields: Readonly<Record<string, string>>, credentials?: QueryCredentials) {
  const options = { service: 'sts', ...(credentials === undefined ? {} : { credentials }) };
  return query(test, { Version: '2011-06-15', ...fields }, options);
}

/** A user with an access key and an inline policy. */
async function makeUser(name: string, ...statements: readonly object[]): Promise<QueryCredentials> {
  await iam({ Action: 'CreateUser', UserName: name });
  const PolicyDocument = documentOf(...statements);
  await iam({ Action: 'PutUserPolicy', UserName: name, PolicyName: 'own', PolicyDocument });
  return credentialsOf(await iam({ Action: 'CreateAccessKey', UserName: name }));
}

const as = (credentials: QueryCredentials) => sdkClient(test, { credentials });
const get = (Key = 'read/a') => new GetObjectCommand({ Bucket: 'shared', Key });

describe('users of an account', () => {
  it('may do with S3 what their policies allow, and nothing else', async () => {
    const client = as(await makeUser('reader', statement('s3:GetObject', 'arn:aws:s3:::shared/read/*')));
    assert.equal(await (await client.send(get())).Body?.transformToString(), 'content');
    await refuses('AccessDenied', 403, client.send(get('other')));
    await refuses(
      'AccessDenied',
      403,
      client.send(new PutObjectCommand({ Bucket: 'shared', Key: 'read/b', Body: '' })),
    );
    await refuses('AccessDenied', 403, client.send(new DeleteObjectCommand({ Bucket: 'shared', Key: 'read/a' })));
    await refuses('AccessDenied', 403, client.send(new CreateBucketCommand({ Bucket: 'other' })));
    await refuses('AccessDenied', 403, client.send(new ListBucketsCommand({})));
  });

  it('create buckets that belong to the account', async () => {
    const client = as(await makeUser('maker', statement('s3:*', '*')));
    await client.send(new CreateBucketCommand({ Bucket: 'made-by-a-user' }));
    await client.send(new PutObjectCommand({ Bucket: 'made-by-a-user', Key: 'k', Body: 'by the user' }));
    const shown = await sdkClient(test).send(new GetObjectCommand({ Bucket: 'made-by-a-user', Key: 'k' }));
    assert.equal(await shown.Body?.transformToString(), 'by the user');
    const foreign = sdkClient(test, { credentials: foreignCredentials });
    await refuses('AccessDenied', 403, foreign.send(new GetObjectCommand({ Bucket: 'made-by-a-user', Key: 'k' })));
  });

  it('lose access with the request after their key is disabled, their policy narrowed, or their key deleted', async () => {
    const keys = await makeUser('leaver', statement('s3:GetObject', '*'));
    const client = as(keys);
    const key = { UserName: 'leaver', AccessKeyId: keys.accessKeyId };
    await client.send(get());
    await iam({ Action: 'UpdateAccessKey', ...key, Status: 'Inactive' });
    await refuses('InvalidAccessKeyId', 403, client.send(get()));
    await iam({ Action: 'UpdateAccessKey', ...key, Status: 'Active' });
    await client.send(get());
    await iam({ Action: 'DeleteUserPolicy', UserName: 'leaver', PolicyName: 'own' });
    await refuses('AccessDenied', 403, client.send(get()));
    await iam({ Action: 'AttachUserPolicy', UserName: 'leaver', PolicyArn: 'arn:aws:iam::aws:policy/cess/reader' });
    await client.send(get());
    await iam({ Action: 'DeleteAccessKey', ...key });
    await refuses('InvalidAccessKeyId', 403, client.send(get()));
  });
});

describe('temporary credentials', () => {
  it('of a role do what the role may, in headers and in presigned URLs', async () => {
    const keys = await makeUser('assumer', statement('sts:AssumeRole', '*'));
    const AssumeRolePolicyDocument = documentOf({
      Effect: 'Allow',
      Principal: { AWS: account },
      Action: 'sts:AssumeRole',
    });
    await iam({ Action: 'CreateRole', RoleName: 'reads', AssumeRolePolicyDocument });
    await iam({ Action: 'AttachRolePolicy', RoleName: 'reads', PolicyArn: 'arn:aws:iam::aws:policy/cess/reader' });
    const RoleArn = `arn:aws:iam::${account}:role/reads`;
    const answer = await sts({ Action: 'AssumeRole', RoleArn, RoleSessionName: 'job' }, keys);
    assert.equal(answer.value('Arn'), `arn:aws:sts::${account}:assumed-role/reads/job`);
    const session = credentialsOf(answer);
    await refuses('AccessDenied', 403, as(keys).send(get()));
    assert.equal(await (await as(session).send(get())).Body?.transformToString(), 'content');
    const url = await getSignedUrl(as(session), get());
    assert.equal(await (await fetch(url)).text(), 'content');
    await refuses(
      'AccessDenied',
      403,
      as(session).send(new PutObjectCommand({ Bucket: 'shared', Key: 'x', Body: '' })),
    );
    await iam({ Action: 'DetachRolePolicy', RoleName: 'reads', PolicyArn: 'arn:aws:iam::aws:policy/cess/reader' });
    await refuses('AccessDenied', 403, as(session).send(get()));
  });

  it('are refused without their token, with another one, and with a changed one', async () => {
    const keys = await makeUser('tokens', statement('s3:GetObject', '*'));
    const session = credentialsOf(await sts({ Action: 'GetSessionToken' }, keys));
    await as(session).send(get());
    const { sessionToken = '', ...pair } = session;
    await refuses('InvalidAccessKeyId', 403, as(pair).send(get()));
    await refuses('InvalidToken', 400, as({ ...pair, sessionToken: 'AAAA' }).send(get()));
    await refuses('InvalidToken', 400, as({ ...pair, sessionToken: `A${sessionToken}` }).send(get()));
    await refuses('InvalidToken', 400, as({ ...keys, sessionToken }).send(get()));
  });
});

describe('the query endpoint', () => {
  it('tells callers who they are', async () => {
    const own = await sts({ Action: 'GetCallerIdentity' });
    assert.deepEqual([own.value('Arn'), own.value('Account')], [`arn:aws:iam::${account}:root`, account]);
    const foreign = await sts({ Action: 'GetCallerIdentity' }, foreignCredentials);
    assert.equal(foreign.value('Account'), accountIdOf(walletOwner.publicKey));
  });

  it('answers in the namespaces of the services, with the id of the request', async () => {
    const answer = await iam({ Action: 'GetAccountSummary' });
    assert.match(answer.text, /^<GetAccountSummaryResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/">/);
    assert.match(answer.text, /<SummaryMap><entry><key>Users<\/key><value>\d+<\/value><\/entry>/);
    assert.match(answer.value('RequestId'), /^[0-9A-F]{16}$/);
    const refusal = await query(test, { Action: 'GetUser', UserName: 'nobody' });
    assert.match(refusal.text, /^<ErrorResponse xmlns=.*<Error><Type>Sender<\/Type><Code>NoSuchEntity<\/Code>/);
    assert.equal(refusal.status, 404);
  });

  it('escapes what it quotes', async () => {
    const answer = await query(test, { Action: 'CreateUser', UserName: '<b>&"' });
    assert.equal(answer.code, 'ValidationError');
    assert.match(answer.text, /&lt;b&gt;&amp;/);
  });

  it('refuses wrong signatures in the codes of IAM', async () => {
    const fields = { Action: 'ListUsers' };
    const refusal = async (options: QueryOptions) => {
      const { status, code } = await query(test, fields, options);
      return [status, code];
    };
    const wrong = { ...testCredentials, secretAccessKey: 'wrong' };
    assert.deepEqual(await refusal({ credentials: wrong }), [403, 'SignatureDoesNotMatch']);
    const unknown = { ...testCredentials, accessKeyId: 'AKIAUNKNOWN' };
    assert.deepEqual(await refusal({ credentials: unknown }), [403, 'InvalidClientTokenId']);
    assert.deepEqual(await refusal({ sentBody: 'Action=DeleteUser' }), [403, 'SignatureDoesNotMatch']);
    assert.deepEqual(await refusal({ region: 'eu-north-9' }), [400, 'IncompleteSignature']);
    assert.deepEqual(await refusal({ date: new Date(Date.now() - 3_600_000) }), [400, 'RequestExpired']);
  });

  it('does not accept a signature for another service', async () => {
    const answer = await query(test, { Action: 'ListUsers' }, { service: 'ec2' });
    assert.notEqual(answer.status, 200);
    const crossed = await query(test, { Action: 'ListUsers' }, { service: 'sts' });
    assert.deepEqual([crossed.status, crossed.code], [400, 'InvalidAction']);
  });

  it('answers in JSON to those who accept it alone', async () => {
    await iam({ Action: 'CreateUser', UserName: 'json' });
    const answer = await iam({ Action: 'GetUser', UserName: 'json' }, { accept: 'application/json' });
    const { User } = JSON.parse(answer.text).GetUserResponse.GetUserResult;
    assert.equal(User.Arn, `arn:aws:iam::${account}:user/json`);
    assert.match(User.CreateDate, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const refusal = await query(test, { Action: 'GetUser', UserName: 'none' }, { accept: 'application/json' });
    assert.equal(JSON.parse(refusal.text).ErrorResponse.Error.Code, 'NoSuchEntity');
  });

  it('lets the owner of an account sign in with a wallet, without a signed request', async () => {
    const form = async (fields: Readonly<Record<string, string>>) => {
      const response = await fetch(test.gateway.s3Endpoint, { method: 'POST', body: new URLSearchParams(fields) });
      assert.equal(response.headers.get('access-control-allow-origin'), '*', 'a page of any origin can read it');
      return { status: response.status, text: await response.text() };
    };
    const challenge = await form({ Action: 'GetWalletChallenge' });
    const valueIn = (text: string, name: string) => new RegExp(`<${name}>([^<]*)`).exec(text)?.[1] ?? '';
    assert.equal(challenge.status, 200);
    const text = valueIn(challenge.text, 'Challenge').replace(/&#10;/g, '\n');
    const signIn = (key: ReturnType<typeof createSr25519Signer>) =>
      form({
        Action: 'GetSessionTokenWithWallet',
        ChallengeToken: valueIn(challenge.text, 'ChallengeToken'),
        KeyType: 'sr25519',
        Address: encodeSs58(key.publicKey, 42),
        Signature: toHex(key.sign(utf8(text))),
      });
    const stranger = await signIn(createSr25519Signer(new Uint8Array(32).fill(99)));
    assert.deepEqual([stranger.status, valueIn(stranger.text, 'Code')], [403, 'AccessDenied']);
    const owner = await signIn(walletOwner);
    assert.equal(owner.status, 200);
    const session = {
      accessKeyId: valueIn(owner.text, 'AccessKeyId'),
      secretAccessKey: valueIn(owner.text, 'SecretAccessKey'),
      sessionToken: valueIn(owner.text, 'SessionToken'),
    };
    await as(session).send(new CreateBucketCommand({ Bucket: 'by-wallet' }));
    const other = await form({ Action: 'ListUsers' });
    assert.deepEqual([other.status, valueIn(other.text, 'Code')], [403, 'MissingAuthenticationToken']);
  });

  it('lets no page of another origin read what takes a signature', async () => {
    const answer = await iam({ Action: 'ListUsers' });
    assert.equal(answer.allowedOrigin, null);
  });

  it('refuses a body that is too long', async () => {
    const answer = await query(test, { Action: 'ListUsers', Marker: 'x'.repeat(500_000) });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidInput']);
  });

  it('refuses parameters that are given twice', async () => {
    const twice: readonly [string, string][] = [
      ['Action', 'ListUsers'],
      ['Action', 'DeleteUser'],
    ];
    const answer = await query(test, [...twice]);
    assert.deepEqual([answer.status, answer.code], [400, 'ValidationError']);
  });

  it('does not read the body of a key that does not exist', async () => {
    const unknown = { ...testCredentials, accessKeyId: 'AKIAUNKNOWN' };
    const answer = await query(test, { Action: 'ListUsers', Marker: 'x'.repeat(500_000) }, { credentials: unknown });
    assert.equal(answer.code, 'InvalidClientTokenId');
  });
});
