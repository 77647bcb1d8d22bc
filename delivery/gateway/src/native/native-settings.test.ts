// The native API under other settings and in trouble: off, with signed reads, over limits, without providers, across a restart.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  aliceWallet,
  bobWallet,
  type NativeAnswer,
  nativeClient,
  signedHeaders,
} from '../test-support/native-client.js';
import { exchange } from '../test-support/raw-exchange.js';
import { RawConnection } from '../test-support/raw-s3.js';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../test-support/test-gateway.js';

const signatureWindowMs = 900_000;
const alice = { owner: aliceWallet.publicKey, hasForeignAccount: true, foreignOwner: bobWallet.publicKey };
const none = { headers: {} };
const fidOf = ({ json }: NativeAnswer): string => ((json?.data ?? { fid: '' }) as { fid: string }).fid;

async function withGateway(options: TestGatewayOptions, use: (test: TestGateway) => Promise<void>): Promise<void> {
  const test = await startTestGateway({ ...alice, ...options });
  try {
    await use(test);
  } finally {
    await test.stop();
  }
}

describe('without the setting', () => {
  it('the native API does not exist: its paths are those of a bucket that cannot be', () =>
    withGateway({}, async (test) => {
      const native = nativeClient(() => test);
      assert.deepEqual(
        [(await native('GET', '/version')).status, (await native('PUT', '/object/x')).status],
        [404, 404],
      );
    }));
});

describe('with signed reads', () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway({ ...alice, nativeApi: { reads: 'signed', signatureWindowMs } });
  });
  after(() => test.stop());

  it('a file is read by its owner alone, and not by who knows its fid', async () => {
    const native = nativeClient(() => test);
    const fid = fidOf(await native('PUT', '/object/private', { body: 'private' }));
    const bob = { ...signedHeaders(undefined, bobWallet), Territory: 'foreign' };
    for (const path of [`/download/${fid}`, `/file/open/${fid}`, `/file/metadata/${fid}`]) {
      assert.equal((await native('GET', path)).status, 200, path);
      assert.equal((await native('GET', path, none)).json?.error, 'AccountMissing');
      assert.equal((await native('GET', path, { headers: bob })).json?.error, 'NoSuchFile');
    }
  });
});

describe('in trouble', () => {
  it('an upload that was begun before a restart is continued with a new message', async () => {
    const nativeApi = { reads: 'fid', signatureWindowMs } as const;
    const first = await startTestGateway({ ...alice, nativeApi });
    const range = (bytes: string) => ({ ...signedHeaders(), 'Content-Range': `bytes ${bytes}/10` });
    let native = nativeClient(() => first);
    assert.equal((await native('PUT', '/resume/kept', { headers: range('0-4'), body: '01234' })).status, 308);
    await first.gateway.stop();
    await withGateway({ nativeApi, over: first, kv: first.kv }, async (second) => {
      native = nativeClient(() => second);
      const fid = fidOf(await native('PUT', '/resume/kept', { headers: range('5-9'), body: '56789' }));
      assert.equal(Buffer.from((await native('GET', `/download/${fid}`, none)).bytes).toString(), '0123456789');
    });
  });

  it('an upload without enough providers is refused with 503, and leaves no file', () =>
    withGateway({ providers: 5, nativeApi: { reads: 'fid', signatureWindowMs } }, async (test) => {
      const native = nativeClient(() => test);
      const { json } = await native('PUT', '/object/lost', { body: 'lost' });
      assert.deepEqual([json?.code, json?.error], [503, 'ServiceUnavailable']);
      assert.deepEqual((await native('GET', '/file/list')).json?.data, []);
    }));

  it('an account over its rate is told to slow down', () =>
    withGateway({ limits: { requestsPerSecond: 1 }, nativeApi: { reads: 'fid', signatureWindowMs } }, async (test) => {
      const native = nativeClient(() => test);
      const answers = await Promise.all(Array.from({ length: 12 }, () => native('GET', '/file/list')));
      const slowed = answers.filter(({ json }) => json?.error === 'SlowDown');
      assert.ok(slowed.length > 0, 'some are refused');
      assert.ok(slowed.every(({ status, headers }) => status === 503 && headers.has('retry-after')));
    }));

  it('a refused upload is answered before its body is asked for', () =>
    withGateway({ nativeApi: { reads: 'fid', signatureWindowMs } }, async (test) => {
      const headers = { ...signedHeaders(), Territory: 'other', 'content-length': '1000000', expect: '100-continue' };
      const request = { method: 'PUT', path: '/.native/object/x', headers, credentials: 'none' } as const;
      const answer = await exchange(test, request);
      assert.deepEqual([answer?.status, JSON.parse(answer?.body ?? '{}').error], [403, 'SignatureRefused']);
    }));

  it('two requests of one upload do not run at the same time', () =>
    withGateway({ nativeApi: { reads: 'fid', signatureWindowMs } }, async (test) => {
      const native = nativeClient(() => test);
      const headers = { ...signedHeaders(), 'Content-Range': 'bytes 0-4/10' };
      const slow = new RawConnection(test.gateway.s3Endpoint);
      const lines = Object.entries({ host: 'localhost', ...headers, 'content-length': '5', expect: '100-continue' });
      slow.write(
        `PUT /.native/resume/busy HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
      );
      // The gateway asks for the body when it holds the upload.
      assert.equal((await slow.answer())?.status, 100);
      const second = await native('PUT', '/resume/busy', { headers, body: '01234' });
      assert.equal(second.json?.error, 'UploadBusy');
      slow.write('01234');
      assert.equal((await slow.answer())?.status, 308);
      slow.close();
    }));
});
