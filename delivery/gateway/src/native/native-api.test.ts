// The native API over real sockets, as clients of DeOSS use it: every route, every refusal.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GetObjectCommand, ListObjectsV2Command, UploadPartCommand } from '@aws-sdk/client-s3';
import { utf8 } from '@cess/primitives';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import {
  aliceAddress,
  aliceWallet,
  bobWallet,
  type NativeAnswer,
  nativeClient,
  signedHeaders,
} from '../test-support/native-client.js';
import { anonymous, assertAnswer, sender } from '../test-support/requests.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { foreignCredentials, startTestGateway, type TestGateway } from '../test-support/test-gateway.js';
import { nativeBucketName } from './file-id.js';
import { nativeRoutes } from './routes.js';

const KiB = 1024;
let test: TestGateway;
before(async () => {
  test = await startTestGateway({
    owner: aliceWallet.publicKey,
    hasForeignAccount: true,
    foreignOwner: bobWallet.publicKey,
    nativeApi: { reads: 'fid', signatureWindowMs: 900_000 },
  });
});
after(() => test.stop());

const native = nativeClient(() => test);
const send = sender(() => test);
const none = { headers: {} };
const bobHeaders = () => ({ ...signedHeaders(undefined, bobWallet), Territory: 'foreign' });

function fidOf({ status, json }: NativeAnswer): string {
  assert.equal(status, 200, JSON.stringify(json));
  const { fid } = (json?.data ?? { fid: '' }) as { fid: string };
  assert.match(fid, /^[0-9a-f]{64}$/);
  return fid;
}

function assertRefused({ status, json }: NativeAnswer, expected: number, error: string): void {
  assert.deepEqual([status, json?.code, json?.error, json?.data], [expected, expected, error, null], json?.msg);
}

const store = async (name: string, body: Uint8Array | string): Promise<string> =>
  fidOf(await native('PUT', `/object/${encodeURIComponent(name)}`, { body }));

function bytesOf(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + seed * 7 + (index >> 8)) & 0xff);
}

describe('files of the native API', () => {
  it('are uploaded raw and by a form, and downloaded by their fid without a signature', async () => {
    const content = bytesOf(100 * KiB);
    const form = new FormData();
    form.append('file', new Blob([content], { type: 'image/png' }), 'a picture.png');
    const fids = [await store('täst.bin', content), fidOf(await native('PUT', '/file', { body: form }))];
    for (const fid of fids) {
      for (const path of [`/file/download/${fid}`, `/download/${fid}`, `/${fid}/download`]) {
        const answer = await native('GET', path, none);
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.bytes, content);
        assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
        assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename\*=UTF-8''/);
      }
    }
  });

  it('can be empty', async () => {
    const fid = await store('empty', '');
    assert.equal((await native('GET', `/download/${fid}`, none)).bytes.length, 0);
  });

  it('are opened with the type that their name or the ending of the request means, and without scripts', async () => {
    const fid = await store('page.html', '<h1>page</h1>');
    const typeOf = async (path: string) => (await native('GET', path, none)).headers.get('content-type');
    assert.equal(await typeOf(`/file/open/${fid}`), 'text/html; charset=utf-8');
    assert.equal(await typeOf(`/file/open/${fid}.png`), 'image/png');
    assert.equal(await typeOf(`/file/open/${fid}.unknown`), 'text/plain');
    const { headers } = await native('GET', `/file/open/${fid}`, none);
    assert.match(headers.get('content-security-policy') ?? '', /^sandbox;/);
    assert.equal(headers.get('content-disposition'), "inline; filename*=UTF-8''page.html");
  });

  it('are read in ranges by Range and by Content-Range', async () => {
    const fid = await store('ranged', bytesOf(1000));
    for (const headers of [{ Range: 'bytes=10-19' }, { 'Content-Range': 'bytes 10-19/1000' }]) {
      const answer = await native('GET', `/file/open/${fid}`, { headers });
      assert.deepEqual([answer.status, answer.bytes], [206, bytesOf(1000).subarray(10, 20)]);
    }
    assertRefused(await native('GET', `/file/open/${fid}`, { headers: { Range: 'bytes=1000-' } }), 416, 'InvalidRange');
  });

  it('are described by their metadata and listed by their owner in pages', async () => {
    const fid = await store('described.txt', utf8('content'));
    const { json } = await native('GET', `/file/metadata/${fid}`, none);
    const data = (json?.data ?? {}) as Record<string, unknown>;
    assert.deepEqual(
      [data['fid'], data['size'], data['owner'], data['content_type']],
      [fid, 7, [{ user: aliceAddress, file_name: 'described.txt' }], 'text/plain; charset=utf-8'],
    );
    const listed: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const page: NativeAnswer = await native('GET', `/file/list?limit=2${after === '' ? '' : `&after=${after}`}`);
      for (const one of (page.json?.data ?? []) as { fid: string }[]) listed.push(one.fid);
      after = page.json?.next ?? null;
    }
    assert.ok(listed.includes(fid));
    assert.equal(new Set(listed).size, listed.length);
  });

  it('are deleted by their owner alone', async () => {
    const fid = await store('deleted', 'x');
    assertRefused(await native('DELETE', `/file/${fid}`, { headers: bobHeaders() }), 404, 'NoSuchFile');
    assert.equal(fidOf(await native('DELETE', `/file/${fid}`)), fid);
    assertRefused(await native('GET', `/download/${fid}`, none), 404, 'NoSuchFile');
    assertRefused(await native('DELETE', `/file/${fid}`), 404, 'NoSuchFile');
  });

  it('are objects of a bucket that S3 clients of the owner read', async () => {
    const fid = await store('by S3', 'content');
    const client = sdkClient(test);
    const Bucket = nativeBucketName(aliceWallet.publicKey, 'default');
    const object = await client.send(new GetObjectCommand({ Bucket, Key: fid }));
    assert.deepEqual([await object.Body?.transformToString(), object.Metadata?.['filename']], ['content', 'by%20S3']);
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: fid }));
    assert.equal(Contents.length, 1);
    assertAnswer(await send('GET', `/${Bucket}/${fid}`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${Bucket}/${fid}`, { credentials: foreignCredentials }), 403, 'AccessDenied');
  });

  it('follow the policy of their bucket where it denies', async () => {
    const Bucket = nativeBucketName(aliceWallet.publicKey, 'default');
    const Statement = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${Bucket}/*` };
    const body = JSON.stringify({ Version: '2012-10-17', Statement: [Statement] });
    assertAnswer(await send('PUT', `/${Bucket}?policy`, { body }), 204);
    assertRefused(await native('PUT', '/object/denied', { body: 'x' }), 403, 'AccessDenied');
    assertAnswer(await send('DELETE', `/${Bucket}?policy`), 204);
  });
});

describe('resumable uploads', () => {
  const total = 300 * KiB;
  const content = bytesOf(total, 3);
  const put = (
    name: string,
    first: number,
    last: number,
    { headers = signedHeaders(), body = content.subarray(first, last + 1) } = {},
  ) =>
    native('PUT', `/resume/${name}`, {
      headers: { ...headers, 'Content-Range': `bytes ${first}-${last}/${total}` },
      body,
    });
  const assertContinues = (answer: NativeAnswer, received: number) =>
    assert.deepEqual(
      [answer.status, Buffer.from(answer.bytes).toString(), answer.headers.get('range')],
      [308, 'null', `bytes=0-${received - 1}`],
    );
  const third = total / 3;

  it('end with a fid, and a repeated range changes nothing', async () => {
    const headers = signedHeaders();
    assertContinues(await put('ranges', 0, third - 1, { headers }), third);
    assertContinues(await put('ranges', third, 2 * third - 1, { headers }), 2 * third);
    assertContinues(await put('ranges', third, 2 * third - 1, { headers }), 2 * third);
    const fid = fidOf(await put('ranges', 2 * third, total - 1, { headers }));
    assert.equal(fidOf(await put('ranges', 2 * third, total - 1, { headers })), fid);
    assert.deepEqual((await native('GET', `/download/${fid}`, none)).bytes, content);
  });

  it('take the whole file with each range, as cess-js-sdk-nodejs sends it', async () => {
    const headers = signedHeaders();
    assertContinues(await put('whole', 0, third - 1, { headers, body: content }), total);
    assertContinues(await put('whole', third, 2 * third - 1, { headers, body: content }), total);
    const fid = fidOf(await put('whole', 2 * third, total - 1, { headers, body: content }));
    assert.deepEqual((await native('GET', `/download/${fid}`, none)).bytes, content);
  });

  it('refuse a range that leaves a gap, and one whose body has another length', async () => {
    const headers = signedHeaders();
    await put('gap', 0, third - 1, { headers });
    const gap = await put('gap', 2 * third, total - 1, { headers });
    assertRefused(gap, 409, 'RangeMismatch');
    assert.equal(gap.headers.get('range'), `bytes=0-${third - 1}`);
    const short = await put('gap', third, total - 1, { headers, body: content.subarray(0, 5) });
    assertRefused(short, 400, 'LengthMismatch');
    assertRefused(await put('gap', third, total - 1, { headers, body: content }), 400, 'LengthMismatch');
    for (const range of ['bytes 5-4/10', 'bytes 0-10/10', 'bytes 0-', '', 'lines 0-1/2'])
      assertRefused(
        await native('PUT', '/resume/gap', { headers: { ...headers, 'Content-Range': range }, body: 'x' }),
        400,
        'RangeInvalid',
      );
    const huge = { ...headers, 'Content-Range': 'bytes 0-0/5497558138881' };
    assertRefused(await native('PUT', '/resume/huge', { headers: huge, body: 'x' }), 400, 'EntityTooLarge');
    assertRefused(await put('never-begun', third, total - 1, { headers }), 404, 'NoSuchUpload');
  });

  it('do not mix two clients: one that asks for the state takes the upload over', async () => {
    const [one, other] = [signedHeaders(), signedHeaders(String(Date.now() + 60_000))];
    await put('shared', 0, third - 1, { headers: one });
    assertRefused(await put('shared', third, 2 * third - 1, { headers: other }), 409, 'UploadTaken');
    const state = { ...other, 'Content-Range': `bytes */${total}`, 'Content-Length': '0' };
    assertContinues(await native('PUT', '/resume/shared', { headers: state }), third);
    assertRefused(await put('shared', third, 2 * third - 1, { headers: one }), 409, 'UploadTaken');
    assertContinues(await put('shared', third, 2 * third - 1, { headers: other }), 2 * third);
    fidOf(await put('shared', 2 * third, total - 1, { headers: other }));
  });

  it('begin anew at the first byte, and leave one upload', async () => {
    const headers = signedHeaders();
    await put('again', 0, third - 1, { headers });
    assertContinues(await put('again', 0, third - 1, { headers }), third);
    const uploads = await test.gateway.index.listUploads(nativeBucketName(aliceWallet.publicKey, 'default'), {
      prefix: '',
      delimiter: '',
      limit: 100,
    });
    const open = uploads.items.filter(
      (item) => item.type === 'entry' && item.value.upload.metadata.some(([, value]) => value === 'again'),
    );
    assert.equal(open.length, 1);
  });

  it('go on behind the parts that another gateway of the same index has entered', async () => {
    const { index } = test.gateway;
    const headers = signedHeaders();
    await put('fleet', 0, third - 1, { headers });
    const bucket = nativeBucketName(aliceWallet.publicKey, 'default');
    const { items } = await index.listUploads(bucket, { prefix: '', delimiter: '', limit: 100 });
    const found = items.find(
      (item) => item.type === 'entry' && item.value.upload.metadata.some(([, value]) => value === 'fleet'),
    );
    assert.ok(found?.type === 'entry');
    const upload = { Bucket: bucket, Key: found.name, UploadId: found.value.uploadId };
    const Body = content.subarray(third, 2 * third);
    await sdkClient(test).send(new UploadPartCommand({ ...upload, PartNumber: 2, Body }));
    const fid = fidOf(await put('fleet', 2 * third, total - 1, { headers }));
    assert.deepEqual((await native('GET', `/download/${fid}`, none)).bytes, content);
  });

  it('answer the fid at once where one range holds the whole file', async () => {
    for (let round = 0; round < 2; round++) {
      const fid = fidOf(await put('single', 0, total - 1));
      assert.deepEqual((await native('GET', `/download/${fid}`, none)).bytes, content);
      const state = { ...signedHeaders(), 'Content-Range': `bytes */${total}`, 'Content-Length': '0' };
      assert.equal(fidOf(await native('PUT', '/resume/single', { headers: state })), fid);
    }
  });
});

describe('signatures of wallets', () => {
  const upload = (headers: Readonly<Record<string, string>>) => native('PUT', '/object/signed', { headers, body: 'x' });

  it('are accepted in hexadecimal, base58 and over the wrapped message, with each dated form', async () => {
    const soon = Date.now() + 60_000;
    const utc = new Date(soon).toISOString().slice(0, 19).replace('T', ' ');
    for (const message of [String(soon), String(Math.floor(soon / 1000)), utc, `<Bytes>${soon}</Bytes>`])
      fidOf(await upload(signedHeaders(message)));
    const message = String(soon);
    const wrapped = Buffer.from(aliceWallet.sign(utf8(`<Bytes>${message}</Bytes>`))).toString('hex');
    fidOf(await upload({ ...signedHeaders(message), Signature: `0x${wrapped}` }));
  });

  it('are refused when they are wrong, or of another account or territory', async () => {
    const good = signedHeaders();
    assertRefused(await upload({ ...good, Message: String(Date.now() + 60_000) }), 403, 'SignatureRefused');
    assertRefused(
      await upload({ ...good, Account: signedHeaders(undefined, bobWallet).Account }),
      403,
      'SignatureRefused',
    );
    assertRefused(await upload({ ...good, Territory: 'other' }), 403, 'SignatureRefused');
    assertRefused(
      await upload({ ...good, Signature: good.Signature.replace(/^./, (digit) => (digit === 'f' ? '0' : 'f')) }),
      403,
      'SignatureRefused',
    );
  });

  it('are refused when the message has expired, is valid for too long, or holds no time', async () => {
    const now = Date.now();
    for (const message of [
      String(now - 1000),
      String(now + 3_600_000),
      `<Bytes>cess-js-sdk-${now - 901_000}</Bytes>`,
      '2001-01-01 00:00:00',
    ])
      assertRefused(await upload(signedHeaders(message)), 403, 'MessageExpired');
    for (const message of ['hello', '<Bytes>upload</Bytes>', `cess-js-sdk-${now}x`, '99-01-01'])
      assertRefused(await upload(signedHeaders(message)), 403, 'MessageUndated');
  });

  it('are refused when headers are missing or malformed', async () => {
    const { Account, Territory, Message, Signature } = signedHeaders();
    assertRefused(await upload({}), 400, 'HeaderInvalid');
    assertRefused(await upload({ Territory }), 403, 'AccountMissing');
    assertRefused(await upload({ Territory, Message, Signature }), 403, 'AccountMissing');
    assertRefused(await upload({ Account, Message, Signature }), 400, 'HeaderInvalid');
    assertRefused(await upload({ Account: 'nobody', Territory, Message, Signature }), 400, 'HeaderInvalid');
    assertRefused(await upload({ Account, Territory, Message, Signature: 'zz!' }), 400, 'HeaderInvalid');
    assertRefused(await upload({ Account, Territory, Message: 'x'.repeat(300), Signature }), 400, 'HeaderInvalid');
  });
});

describe('requests to the native API are refused', () => {
  it('for paths, methods and parameters that do not exist', async () => {
    assertRefused(await native('GET', '/nothing'), 404, 'NotFound');
    assertRefused(await native('GET', '/nothing/..%2f..%2fetc%2fpasswd'), 404, 'NotFound');
    const other = await native('POST', '/file', { body: 'x' });
    assertRefused(other, 405, 'MethodNotAllowed');
    assert.equal(other.headers.get('allow'), 'PUT');
    assertRefused(await native('GET', '/file/list?unknown=1'), 400, 'ParameterInvalid');
    assertRefused(await native('GET', '/file/list?limit=0'), 400, 'ParameterInvalid');
  });

  it('for names that are paths, and for fids that are none', async () => {
    for (const name of ['a%2fb', 'a%5cb', 'a%0ab', 'x'.repeat(256)])
      assert.equal((await native('PUT', `/object/${name}`, { body: 'x' })).json?.code, 400, name);
    const raw = { ...anonymous, headers: signedHeaders(), body: 'x' };
    for (const name of ['..', '%2e%2e', '.', 'a%00b', '%ff'])
      assert.equal((await send('PUT', `/.native/object/${name}`, raw)).status, 400, name);
    for (const fid of ['0', 'g'.repeat(64), '0'.repeat(63), '..%2f..'])
      assertRefused(await native('GET', `/download/${fid}`, none), 400, 'InvalidFid');
    assertRefused(await native('GET', `/download/${'0'.repeat(64)}`, none), 404, 'NoSuchFile');
  });

  it('for headers of DeOSS that this gateway does not honour', async () => {
    for (const name of ['Cipher', 'Miner', 'Longitude'])
      assertRefused(
        await native('PUT', '/object/x', { headers: { ...signedHeaders(), [name]: '1' }, body: 'x' }),
        501,
        'NotOffered',
      );
  });

  it('for a form without a file, and for a body without a length', async () => {
    const form = new FormData();
    form.append('other', 'x');
    assertRefused(await native('PUT', '/file', { body: form }), 400, 'IncorrectNumberOfFilesInPostRequest');
    assertRefused(await native('PUT', '/file', { body: 'x' }), 412, 'RequestIsNotMultiPartContent');
  });

  it('with a stable error, whatever their paths and headers hold', async () => {
    const segment = fc.constantFrom(
      'file',
      'object',
      'resume',
      'list',
      'download',
      'open',
      'metadata',
      '0'.repeat(64),
      '%ff',
      'ä',
      '',
    );
    const path = fc.array(fc.oneof(segment, fc.string({ maxLength: 12 }).map(encodeURIComponent)), { maxLength: 4 });
    const text = fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((one) => one.trim());
    const some = fc.oneof(
      text,
      fc.constantFrom('bytes 0-0/1', 'bytes */5', '1', String(Date.now() + 60_000), aliceAddress),
    );
    const names = fc.constantFrom(
      'Account',
      'EthAcc',
      'Message',
      'Signature',
      'Territory',
      'Content-Range',
      'Content-Type',
    );
    const headers = fc.dictionary(names, some).map((own) => ({ ...signedHeaders(), ...own }));
    const method = fc.constantFrom('GET', 'PUT', 'DELETE', 'POST');
    const refused = fc.asyncProperty(method, path, headers, async (one, parts, all) => {
      const body = one === 'GET' ? {} : { body: 'x' };
      const { status, json } = await native(one, `/${parts.join('/')}`, { headers: all, ...body });
      assert.ok(status < 500 || status === 501, `${status} ${json?.msg}`);
      if (status >= 400 && json !== undefined) assert.match(json.error ?? '', /^[A-Z][A-Za-z]+$/);
    });
    await fc.assert(refused, { seed: 75, numRuns: 150 });
  });

  it('and their buckets cannot be created by S3 clients', async () => {
    assertAnswer(await send('PUT', `/${nativeBucketName(bobWallet.publicKey, 'foreign')}`), 400, 'InvalidBucketName');
  });
});

describe('the native API for browsers and tools', () => {
  it('allows every origin, because nothing depends on cookies', async () => {
    const preflight = await native('OPTIONS', '/object/x', { headers: { Origin: 'http://example.com' } });
    assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-headers')], [204, '*']);
    assert.equal((await native('GET', '/version', none)).headers.get('access-control-allow-origin'), '*');
  });

  it('describes itself in valid OpenAPI, and every operation answers as its schema says', async () => {
    const answer = await native('GET', '/openapi.json', none);
    const document = JSON.parse(Buffer.from(answer.bytes).toString()) as {
      paths: Record<
        string,
        Record<
          string,
          { operationId: string; responses: Record<string, { content: Record<string, { schema: object }> }> }
        >
      >;
    };
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    assert.deepEqual(
      operations.map(({ operationId }) => operationId).sort(),
      nativeRoutes.map(({ operationId }) => operationId).sort(),
    );
    const [fid, gone] = [await store('schema', 'x'), await store('gone', 'x')];
    const form = new FormData();
    form.append('file', new Blob(['x']), 'x');
    const answers: Readonly<Record<string, NativeAnswer>> = {
      putFile: await native('PUT', '/file', { body: form }),
      putObject: await native('PUT', '/object/x', { body: 'x' }),
      resumeUpload: await native('PUT', '/resume/x', {
        headers: { ...signedHeaders(), 'Content-Range': 'bytes 0-0/1' },
        body: 'x',
      }),
      listFiles: await native('GET', `/file/list?Account=${aliceAddress}&Territory=default`),
      downloadFile: await native('GET', `/file/download/${fid}`, none),
      downloadForSdk: await native('GET', `/download/${fid}`, none),
      downloadForFrontend: await native('GET', `/${fid}/download`, none),
      openFile: await native('GET', `/file/open/${fid}`, none),
      showMetadata: await native('GET', `/file/metadata/${fid}`, none),
      deleteFile: await native('DELETE', `/file/${gone}`),
      getVersion: await native('GET', '/version', none),
      getOpenApi: answer,
    };
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const { operationId, responses } of operations) {
      const one = answers[operationId];
      assert.equal(one?.status, 200, operationId);
      const schema = responses['200']?.content['application/json']?.schema;
      if (schema === undefined) continue;
      const validate = ajv.compile(schema);
      assert.ok(
        validate(JSON.parse(Buffer.from(one.bytes).toString())),
        `${operationId}: ${JSON.stringify(validate.errors)}`,
      );
    }
  });
});
